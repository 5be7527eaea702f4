package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Turns syntax into code: resolves names, picks the fastest form of each construct. One instance
 * per program.
 */
final class Compiler {
  /** Deep enough for any program a person writes; code recurses as deep as this when it runs. */
  private static final int MAX_DEPTH = 600;

  /** When so much has been compiled, nothing is compiled twice any more. */
  private static final int MANY_NODES = 10_000;

  private final String text;
  private final List<String> free = new ArrayList<>();
  private final Map<String, Scope.Function> used = new TreeMap<>();
  private final Map<String, TreeSet<String>> fields = new TreeMap<>();
  private int depth;
  private int nodes;

  Compiler(String text) {
    this.text = text;
  }

  Expr program(Ast ast) throws JqSyntaxException {
    return compile(ast, Scope.TOP);
  }

  /** The names of free variables, in the order the code numbers them. */
  List<String> freeVariables() {
    return free;
  }

  /** Fields that the program reads of free variables by their names, such as {@code $a.b}. */
  Map<String, ? extends Set<String>> fieldsOfVariables() {
    return fields;
  }

  private JqSyntaxException error(String message, int offset) {
    return new JqSyntaxException(message, text, offset);
  }

  private Expr compile(Ast ast, Scope scope) throws JqSyntaxException {
    if (++depth > MAX_DEPTH) {
      throw error("the program is nested deeper than " + MAX_DEPTH + " levels", 0);
    }
    nodes++;
    Expr expr = node(ast, scope);
    depth--;
    return expr;
  }

  private Expr node(Ast ast, Scope scope) throws JqSyntaxException {
    return switch (ast) {
      case Ast.Identity identity -> Basics.IDENTITY;
      case Ast.RecurseAll all ->
          new Unfold.Recurse(new Control.Try(new Access.Iterate(Basics.IDENTITY), Basics.EMPTY));
      case Ast.Literal(JsonNode value) -> new Basics.Literal(value);
      case Ast.Text string -> text(string, scope);
      case Ast.Format(String name, int offset) ->
          new Calls.Native(format(name, offset), new Expr[0]);
      case Ast.Index(Ast target, Ast key) -> {
        noteField(target, key, scope);
        yield index(compile(target, scope), compile(key, scope));
      }
      case Ast.Slice(Ast target, Ast from, Ast to) ->
          new Access.Slice(compile(target, scope), bound(from, scope), bound(to, scope));
      case Ast.Iterate(Ast target) -> new Access.Iterate(compile(target, scope));
      case Ast.ArrayOf(Ast items) ->
          new Basics.ArrayOf(items == null ? Basics.EMPTY : compile(items, scope));
      case Ast.ObjectOf(List<Ast.Entry> entries) -> object(entries, scope);
      case Ast.Negate(Ast operand) -> negate(compile(operand, scope));
      case Ast.Pipe(Ast left, Ast right) ->
          new Basics.Pipe(compile(left, scope), compile(right, scope));
      case Ast.Comma(List<Ast> parts) -> new Basics.Comma(compileAll(parts, scope));
      case Ast.Binary(Operator operator, Ast left, Ast right) ->
          new Operations.Binary(operator, compile(left, scope), compile(right, scope));
      case Ast.And(Ast left, Ast right) ->
          new Operations.Logic(false, compile(left, scope), compile(right, scope));
      case Ast.Or(Ast left, Ast right) ->
          new Operations.Logic(true, compile(left, scope), compile(right, scope));
      case Ast.Alternative(Ast left, Ast right) ->
          new Operations.Alternative(compile(left, scope), compile(right, scope));
      case Ast.Assign(Ast left, Ast right) ->
          new Assignments.Assign(
              compile(left, scope), compile(right, scope), (run, old, given) -> given);
      case Ast.Modify(Ast left, Ast right) ->
          new Assignments.Modify(compile(left, scope), compile(right, scope));
      case Ast.Update(Operator operator, Ast left, Ast right) ->
          new Assignments.Assign(
              compile(left, scope), compile(right, scope), combination(operator));
      case Ast.If(Ast condition, Ast then, Ast otherwise) ->
          new Control.If(
              compile(condition, scope),
              compile(then, scope),
              otherwise == null ? Basics.IDENTITY : compile(otherwise, scope));
      case Ast.Try(Ast body, Ast handler) ->
          new Control.Try(
              compile(body, scope), handler == null ? Basics.EMPTY : compile(handler, scope));
      case Ast.Reduce reduce -> reduce(reduce, scope);
      case Ast.Foreach foreach -> foreach(foreach, scope);
      case Ast.Bind(Ast source, List<Ast.Pattern> patterns, Ast body) -> {
        Patterned patterned = patterned(patterns, scope);
        yield new Folding.Bind(
            compile(source, scope), patterned.pattern, compile(body, patterned.scope));
      }
      case Ast.Variable variable -> variable(variable, scope);
      case Ast.Label(String name, Ast body) -> new Control.Label(compile(body, scope.label(name)));
      case Ast.Exit(String label, int offset) -> exit(label, offset, scope);
      case Ast.Call call -> call(call, scope);
      case Ast.Define(Ast.Function function, Ast rest) ->
          compile(rest, scope.function(function(function, scope)));
    };
  }

  private List<Expr> compileAll(List<Ast> asts, Scope scope) throws JqSyntaxException {
    List<Expr> compiled = new ArrayList<>(asts.size());
    for (Ast ast : asts) {
      compiled.add(compile(ast, scope));
    }
    return compiled;
  }

  private Expr bound(@Nullable Ast ast, Scope scope) throws JqSyntaxException {
    return ast == null ? Basics.NULL : compile(ast, scope);
  }

  private void noteField(Ast target, Ast key, Scope scope) {
    if (target instanceof Ast.Variable variable
        && scope.find(Scope.Kind.VARIABLE, variable.name()) == null
        && key instanceof Ast.Literal literal
        && literal.value().isTextual()) {
      fields
          .computeIfAbsent(variable.name(), _ -> new TreeSet<>())
          .add(literal.value().textValue());
    }
  }

  private static Expr index(Expr target, Expr key) {
    return key instanceof Basics.Literal literal && literal.value instanceof TextNode name
        ? new Access.Field(target, name)
        : new Access.Index(target, key);
  }

  private static Expr negate(Expr operand) {
    if (operand instanceof Basics.Literal literal && Types.isNumber(literal.value)) {
      String number = Num.text(literal.value);
      return new Basics.Literal(
          Num.parse(number.startsWith("-") ? number.substring(1) : "-" + number));
    }
    return new Basics.Negate(operand);
  }

  private static Assignments.Assign.Combination combination(@Nullable Operator operator) {
    return operator == null
        ? (run, old, given) -> Types.truthy(old) ? old : given
        : (run, old, given) -> Arithmetic.apply(run, operator, old, given);
  }

  private Expr text(Ast.Text string, Scope scope) throws JqSyntaxException {
    List<Text.Piece> pieces = new ArrayList<>();
    for (Ast.Piece piece : string.pieces()) {
      String chars = piece.text() == null ? "" : piece.text();
      Ast code = piece.code();
      if (code != null || !chars.isEmpty()) {
        pieces.add(new Text.Piece(chars, code == null ? null : compile(code, scope)));
      }
    }
    return new Text(
        pieces, format(string.format() == null ? "text" : string.format(), string.offset()));
  }

  private Builtin format(String name, int offset) throws JqSyntaxException {
    Builtin format = Formats.ALL.get(name);
    if (format == null) {
      throw error(
          "found @" + name + ", expected one of @" + String.join(" @", Formats.ALL.keySet()),
          offset);
    }
    return format;
  }

  private Expr object(List<Ast.Entry> entries, Scope scope) throws JqSyntaxException {
    if (entries.isEmpty()) {
      return new Basics.Literal(JsonNodeFactory.instance.objectNode());
    }
    List<ObjectOf.Entry> compiled = new ArrayList<>();
    for (Ast.Entry entry : entries) {
      Expr key = compile(entry.key(), scope);
      String name =
          key instanceof Basics.Literal literal && literal.value.isTextual()
              ? literal.value.textValue()
              : null;
      compiled.add(new ObjectOf.Entry(name, key, compile(entry.value(), scope)));
    }
    return new ObjectOf(compiled);
  }

  private Expr reduce(Ast.Reduce reduce, Scope scope) throws JqSyntaxException {
    Patterned patterned = patterned(reduce.patterns(), scope);
    return new Folding.Reduce(
        compile(reduce.source(), scope),
        patterned.pattern,
        compile(reduce.init(), scope),
        compile(reduce.update(), patterned.scope));
  }

  private Expr foreach(Ast.Foreach foreach, Scope scope) throws JqSyntaxException {
    Patterned patterned = patterned(foreach.patterns(), scope);
    Ast extract = foreach.extract();
    return new Folding.Foreach(
        compile(foreach.source(), scope),
        patterned.pattern,
        compile(foreach.init(), scope),
        compile(foreach.update(), patterned.scope),
        extract == null ? Basics.IDENTITY : compile(extract, patterned.scope));
  }

  private Expr variable(Ast.Variable variable, Scope scope) {
    Scope cell = scope.find(Scope.Kind.VARIABLE, variable.name());
    if (cell != null) {
      return new Basics.Variable(scope.distance(cell));
    }
    if (variable.name().equals("ENV")) {
      return new Basics.Literal(JsonNodeFactory.instance.objectNode());
    }
    if (!free.contains(variable.name())) {
      free.add(variable.name());
    }
    return new Basics.FreeVariable(free.indexOf(variable.name()));
  }

  private Expr exit(String label, int offset, Scope scope) throws JqSyntaxException {
    Scope cell = scope.find(Scope.Kind.LABEL, label);
    if (cell == null) {
      throw error("$*label-" + label + " is not defined", offset);
    }
    return new Control.Exit(scope.distance(cell));
  }

  // Functions

  private Scope.Function function(Ast.Function ast, Scope scope) throws JqSyntaxException {
    Scope.Function function = new Scope.Function(ast.name(), ast.parameters(), scope.cells);
    define(function, ast, scope.function(function));
    return function;
  }

  /**
   * Compiles a body. A recursive function is first taken to have at most one output: if its body
   * then has at most one, the assumption is proven, else the body is compiled again without it.
   */
  private void define(Scope.Function function, Ast.Function ast, Scope scope)
      throws JqSyntaxException {
    function.assumedPlain = nodes < MANY_NODES;
    Expr body = body(ast, scope);
    if (function.assumptionUsed && !body.plain) {
      function.assumedPlain = false;
      body = body(ast, scope);
    }
    function.body = body;
  }

  private Expr body(Ast.Function ast, Scope scope) throws JqSyntaxException {
    Scope inner = scope;
    for (String parameter : ast.parameters()) {
      inner =
          parameter.startsWith("$")
              ? inner.valueParameter(parameter.substring(1))
              : inner.parameter(parameter);
    }
    return compile(ast.body(), inner);
  }

  private Expr call(Ast.Call call, Scope scope) throws JqSyntaxException {
    String name = call.name();
    int arity = call.arguments().size();
    Scope found = scope.findCallable(name, arity);
    if (found != null && found.function == null) {
      return found.isVariable()
          ? new Basics.Variable(scope.distance(found))
          : new Calls.Parameter(scope.distance(found));
    }
    List<Expr> arguments = compileAll(call.arguments(), scope);
    if (found != null && found.function != null) {
      return invoke(found.function, arguments, scope);
    }
    String signature = name + "/" + arity;
    Form form = Forms.ALL.get(signature);
    Expr special = form == null ? null : form.compile(arguments);
    if (special != null) {
      return special;
    }
    Builtin builtin = Builtins.ALL.get(signature);
    if (builtin != null) {
      return new Calls.Native(builtin, arguments.toArray(Expr[]::new));
    }
    Scope.Function library = library(signature);
    if (library != null) {
      return invoke(library, arguments, scope);
    }
    throw undefined(call);
  }

  private static Expr invoke(Scope.Function function, List<Expr> arguments, Scope scope) {
    return new Calls.Call(function, arguments.toArray(Expr[]::new), scope.cells - function.cells);
  }

  /** A function of the prelude, compiled when it is first used. */
  private Scope.@Nullable Function library(String signature) throws JqSyntaxException {
    Scope.Function known = used.get(signature);
    Ast.Function ast = known == null ? Prelude.ALL.get(signature) : null;
    if (ast == null) {
      return known;
    }
    Scope.Function function = new Scope.Function(ast.name(), ast.parameters(), 0);
    used.put(signature, function);
    define(function, ast, Scope.TOP);
    return function;
  }

  private JqSyntaxException undefined(Ast.Call call) {
    String signature = call.name() + "/" + call.arguments().size();
    String refusal = Forms.REFUSED.get(signature);
    if (refusal != null) {
      return error(signature + " is not available: " + refusal, call.offset());
    }
    return error(signature + " is not defined" + Suggestions.forFunction(signature), call.offset());
  }

  // Patterns

  private record Patterned(Destructuring pattern, Scope scope) {}

  private Patterned patterned(List<Ast.Pattern> patterns, Scope scope) throws JqSyntaxException {
    List<String> names = new ArrayList<>();
    List<Destructuring.Part> parts = new ArrayList<>();
    for (Ast.Pattern pattern : patterns) {
      parts.add(part(pattern, names, scope));
    }
    Scope inner = scope;
    for (String name : names) {
      inner = inner.variable(name);
    }
    return new Patterned(new Destructuring(parts, names.size()), inner);
  }

  private Destructuring.Part part(Ast.Pattern pattern, List<String> names, Scope scope)
      throws JqSyntaxException {
    return switch (pattern) {
      case Ast.Name(String variable) -> new Destructuring.Slot(slot(names, variable));
      case Ast.Items(List<Ast.Pattern> items) -> {
        List<Destructuring.Step> steps = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
          Expr key = new Basics.Literal(Num.of(i));
          steps.add(new Destructuring.Step(key, -1, part(items.get(i), names, scope)));
        }
        yield new Destructuring.Steps(steps);
      }
      case Ast.Fields(List<Ast.Field> fields) -> {
        List<Destructuring.Step> steps = new ArrayList<>();
        for (Ast.Field field : fields) {
          steps.add(step(field, names, scope));
        }
        yield new Destructuring.Steps(steps);
      }
    };
  }

  private Destructuring.Step step(Ast.Field field, List<String> names, Scope scope)
      throws JqSyntaxException {
    int slot = field.variable() == null ? -1 : slot(names, field.variable());
    Ast.Pattern value = field.value();
    Destructuring.Part part =
        value == null ? new Destructuring.Nothing() : part(value, names, scope);
    return new Destructuring.Step(compile(field.key(), scope), slot, part);
  }

  private static int slot(List<String> names, String variable) {
    if (!names.contains(variable)) {
      names.add(variable);
    }
    return names.indexOf(variable);
  }
}
