package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The built-in functions of values, by name and number of arguments. */
final class Builtins {
  static final Map<String, Builtin> ALL = all();

  private Builtins() {}

  private static Map<String, Builtin> all() {
    Map<String, Builtin> all = new TreeMap<>();
    registerGeneral(all);
    Strings.register(all);
    Containers.register(all);
    MathFunctions.register(all);
    Dates.register(all);
    return Collections.unmodifiableMap(all);
  }

  private static void registerGeneral(Map<String, Builtin> all) {
    all.put("not/0", (run, in, args) -> Types.bool(!Types.truthy(in)));
    all.put("type/0", (run, in, args) -> TextNode.valueOf(Types.name(in)));
    all.put(
        "error/0",
        (run, in, args) -> {
          throw JqException.raised(in);
        });
    all.put(
        "error/1",
        (run, in, args) -> {
          throw JqException.raised(args[0]);
        });
    all.put("env/0", (run, in, args) -> JsonNodeFactory.instance.objectNode());
    all.put("debug/0", (run, in, args) -> in);
    all.put("stderr/0", (run, in, args) -> in);
    all.put("input_filename/0", (run, in, args) -> NullNode.getInstance());
    all.put(
        "input/0",
        (run, in, args) -> {
          throw JqException.error("No more inputs");
        });
    all.put("inputs/0", (run, in, args) -> null);
    all.put("have_decnum/0", (run, in, args) -> Types.bool(false));
    all.put("have_literal_numbers/0", (run, in, args) -> Types.bool(true));
    all.put("builtins/0", (run, in, args) -> names(run));
  }

  /** The signatures of all functions a program can call, sorted. */
  static SortedSet<String> signatures() {
    TreeSet<String> signatures = new TreeSet<>(ALL.keySet());
    signatures.addAll(Forms.ALL.keySet());
    signatures.addAll(Prelude.ALL.keySet());
    signatures.removeIf(name -> name.startsWith("_"));
    return signatures;
  }

  private static JsonNode names(Run run) {
    SortedSet<String> signatures = signatures();
    run.allocate(signatures.size());
    ArrayNode names = JsonNodeFactory.instance.arrayNode(signatures.size());
    signatures.forEach(names::add);
    return names;
  }
}
