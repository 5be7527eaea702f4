package dev.capstan.dsl.jq;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The built-in functions that take expressions or make several outputs, by name and number of
 * arguments.
 */
final class Forms {
  static final Map<String, Form> ALL = all();

  /** Functions of jq that reach out of an expression, and why they are not here. */
  static final Map<String, String> REFUSED = refused();

  private Forms() {}

  private static Map<String, Form> all() {
    Map<String, Form> all = new TreeMap<>();
    registerGenerators(all);
    registerMappings(all);
    registerSorting(all);
    Matching.register(all);
    return Collections.unmodifiableMap(all);
  }

  private static Map<String, String> refused() {
    Map<String, String> refused = new TreeMap<>();
    refused.put("halt/0", "an expression can't end the program it is part of");
    refused.put("halt_error/0", "an expression can't end the program it is part of");
    refused.put("halt_error/1", "an expression can't end the program it is part of");
    refused.put("input_line_number/0", "an expression has one input, which is no text");
    refused.put("modulemeta/0", "modules are not supported");
    refused.put("get_search_list/0", "modules are not supported");
    return Collections.unmodifiableMap(refused);
  }

  private static void one(Map<String, Form> all, String name, Function<Expr, Expr> form) {
    all.put(name + "/1", args -> form.apply(args.get(0)));
  }

  private static void registerGenerators(Map<String, Form> all) {
    Expr zero = new Basics.Literal(Num.of(0));
    Expr unit = new Basics.Literal(Num.of(1));
    all.put("empty/0", args -> Basics.EMPTY);
    one(all, "range", upto -> new Generators.Range(zero, upto, unit));
    all.put("range/2", args -> new Generators.Range(args.get(0), args.get(1), unit));
    all.put("range/3", args -> new Generators.Range(args.get(0), args.get(1), args.get(2)));
    one(all, "first", Generators::first);
    one(all, "last", Generators.Last::new);
    all.put("limit/2", args -> new Generators.Limit(args.get(0), args.get(1)));
    all.put("skip/2", args -> new Generators.Skip(args.get(0), args.get(1)));
    one(
        all,
        "isempty",
        source -> new Generators.Quantifier(false, source, new Basics.Literal(Types.bool(false))));
    one(all, "recurse", Unfold.Recurse::new);
    one(all, "repeat", Unfold.Recurse::new);
    all.put("recurse/0", args -> new Unfold.Recurse(new Control.Try(itemsOf(), Basics.EMPTY)));
    all.put("recurse_down/0", args -> new Unfold.Recurse(new Control.Try(itemsOf(), Basics.EMPTY)));
    all.put(
        "recurse/2",
        args -> new Unfold.Recurse(new Basics.Pipe(args.get(0), new Mapping.Select(args.get(1)))));
    all.put(
        "while/2", args -> args.get(0).plain ? new Unfold.While(args.get(0), args.get(1)) : null);
    all.put(
        "until/2", args -> args.get(0).plain ? new Unfold.Until(args.get(0), args.get(1)) : null);
    all.put("any/0", args -> new Generators.Quantifier(true, itemsOf(), Basics.IDENTITY));
    all.put("all/0", args -> new Generators.Quantifier(false, itemsOf(), Basics.IDENTITY));
    one(all, "any", condition -> new Generators.Quantifier(true, itemsOf(), condition));
    one(all, "all", condition -> new Generators.Quantifier(false, itemsOf(), condition));
    all.put("any/2", args -> new Generators.Quantifier(true, args.get(0), args.get(1)));
    all.put("all/2", args -> new Generators.Quantifier(false, args.get(0), args.get(1)));
    one(all, "add", Generators.Add::new);
  }

  private static Expr itemsOf() {
    return new Access.Iterate(Basics.IDENTITY);
  }

  private static void registerMappings(Map<String, Form> all) {
    one(all, "map", Mapping.MapArray::new);
    one(all, "select", Mapping.Select::new);
    one(all, "map_values", Mapping.MapValues::new);
    one(all, "walk", Mapping.Walk::new);
    one(all, "path", Generators.PathOf::new);
    one(all, "getpath", Generators.GetPath::new);
  }

  private static void registerSorting(Map<String, Form> all) {
    String sorted = "cannot be sorted, as it is not an array";
    String grouped = "cannot be grouped, as it is not an array";
    String iterated = "cannot be iterated over, as it is not an array";
    sorting(all, "sort", sorted, Sorting::sorted);
    sorting(all, "unique", sorted, Sorting::unique);
    sorting(all, "min", iterated, Sorting::least);
    sorting(all, "max", iterated, Sorting::greatest);
    one(all, "group_by", key -> new Sorting(key, grouped, Sorting::grouped));
  }

  /** A function that orders elements, and its twin that orders them by an expression. */
  private static void sorting(
      Map<String, Form> all, String name, String problem, Sorting.Outcome outcome) {
    all.put(name + "/0", args -> new Sorting(null, problem, outcome));
    one(all, name + "_by", key -> new Sorting(key, problem, outcome));
  }

  static List<String> signatures() {
    return List.copyOf(ALL.keySet());
  }
}
