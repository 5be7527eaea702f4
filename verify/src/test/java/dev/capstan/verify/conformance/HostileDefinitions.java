package dev.capstan.verify.conformance;

import java.util.List;
import java.util.stream.IntStream;

/** Definitions that are made to hang an engine, to fill it or to break it. */
final class HostileDefinitions {
  static final String DOCUMENT =
      "document: {dsl: '1.0.3', namespace: test, name: hostile, version: '1.0.0'}\n";

  /** Expressions that do not end by themselves, or not within anybody's life. */
  static final List<String> BOMBS =
      List.of(
          "last(range(infinite))",
          "last(repeat(1))",
          "reduce range(infinite) as $x (0; . + $x)",
          "0 | until(false; . + 1)",
          "last(0 | while(true; . + 1))",
          "isempty(repeat(1) | select(. == 2))",
          "label $x | range(infinite) | select(false)",
          "[range(20000)] | . - map(. + 0.5) | . - .",
          "(\"x\" * 5000) | test(\"(x+x+)+y\")",
          "(\"ab\" * 50) | [match(\"(.*)(.*)(.*)(.*)(.*)z\")]",
          "[range(100000)] | all(.[]; [range(100000)] | length > 0)",
          "def f: if . > 0 then (. - 1 | f) + (. - 1 | f) else 1 end; 60 | f",
          "[range(100000)] | last(.[] as $x | .[] as $y | $x + $y)",
          "try last(range(infinite)) catch 1",
          "\"x\" * 1e9",
          "[range(1e9)]",
          "[limit(1e9; repeat(1))]",
          "reduce range(1e6) as $i (\"x\"; . + .)",
          "reduce range(100) as $i ([1]; . + .)",
          "null | .[500000000] = 1",
          "[range(2000)] | combinations(3)",
          "(\"a\" * 1000000) | gsub(\"a\"; \"bbbbbbbbbb\")",
          "repeat(1)",
          "def f: f; f",
          "def f: 1 + f; f",
          "def f(g): f(g | g); f(.)",
          "reduce range(100000) as $i (0; [.])",
          "(\"[\" * 5000) | fromjson",
          "setpath([range(5000) | \"a\"]; 1)",
          "def f: try f catch .; f",
          "[limit(2; 0 | recurse([.]))] | last(limit(2000; .[0] | recurse([.])))",
          "0 | recurse(. + 1, . + 2)");

  private HostileDefinitions() {}

  /**
   * A text that is refused.
   *
   * @param code of one of its diagnostics
   */
  record Text(String name, String text, String code) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A definition whose only task evaluates an expression. */
  static String evaluating(String bomb) {
    return DOCUMENT + "do: [{a: {set: {x: '${ " + bomb.replace("'", "''") + " }'}}}]";
  }

  static List<Text> texts() {
    StringBuilder aliases = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      aliases.append("a%d: &a%d [".formatted(i, i)).append(("*a" + (i - 1) + ", ").repeat(9));
      aliases.append("*a").append(i - 1).append("]\n");
    }
    String list =
        IntStream.range(0, 1_000)
            .mapToObj("- t%d: {set: a}\n"::formatted)
            .reduce("", String::concat);
    StringBuilder million =
        new StringBuilder(
            "use:\n  functions:\n    f:\n      do: &list\n" + list.indent(8) + "do:\n");
    for (int i = 0; i < 1_000; i++) {
      million.append("  - t%d: {do: *list}\n".formatted(i));
    }
    String nested = "[{a: {do: ".repeat(101) + "[]" + "}}]".repeat(101);
    String expression =
        "do: [{a: {set: {x: '${ " + "(".repeat(5_000) + "1" + ")".repeat(5_000) + " }'}}}]\n";
    return List.of(
        new Text("aliases that multiply", aliases + DOCUMENT, "CAP-1006"),
        new Text("a million tasks by aliases", million + DOCUMENT, "CAP-1006"),
        new Text("an alias of itself", "do: &d [{a: {do: *d}}]\n" + DOCUMENT, "CAP-1007"),
        new Text("brackets that nest", "do: " + "[".repeat(100_000), "CAP-1005"),
        new Text("braces that nest", "do: " + "{a: ".repeat(100_000), "CAP-1005"),
        new Text("JSON that nests", "{\"do\": " + "[".repeat(100_000), "CAP-1005"),
        new Text("tasks that nest", "do: " + nested + "\n" + DOCUMENT, "CAP-1502"),
        new Text(
            "too many tasks",
            DOCUMENT
                + "do:\n"
                + IntStream.range(0, 10_001)
                    .mapToObj("- t%d: {set: a}\n"::formatted)
                    .reduce("", String::concat),
            "CAP-1501"),
        new Text("an expression that nests", expression + DOCUMENT, "CAP-1301"),
        new Text("a number without end", "do: []\nuse: " + "9".repeat(100_000), "CAP-1009"),
        new Text("nothing but zeros", "\0".repeat(1_000), "CAP-1002"),
        new Text(
            "a schema whose parts refer to nothing",
            "input:\n  schema:\n    document:\n      allOf:\n"
                + "      - {$ref: '#/$defs/nothing'}\n".repeat(20_000)
                + "do: []\n"
                + DOCUMENT,
            "CAP-1404"),
        new Text(
            "names that are alike",
            DOCUMENT
                + "do:\n"
                + IntStream.range(0, 5_000)
                    .mapToObj("- t%d: {set: {a: 1}, then: t%<dx}\n"::formatted)
                    .reduce("", String::concat),
            "CAP-1204"),
        new Text(
            "a pattern of a schema that is none",
            "input: {schema: {document: {pattern: '"
                + "(".repeat(200_000)
                + "'}}}\ndo: []\n"
                + DOCUMENT,
            "CAP-1404"));
  }
}
