package dev.capstan.verify.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Definitions that are made to hang an engine, to fill it or to break it, given to a whole engine
 * with the limits of production. Each is refused with a place in its text, or runs and ends with an
 * error, and the engine works as before. The time limit only says that nothing hangs.
 */
@Timeout(value = 90, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileDefinitionsTest {
  private static final String DOCUMENT =
      "document: {dsl: '1.0.3', namespace: test, name: hostile, version: '1.0.0'}\n";
  private static final JsonNode NOTHING = JsonNodeFactory.instance.objectNode();

  @TempDir static Path folder;
  private static Engine engine;

  @BeforeAll
  static void startEngine() {
    engine = Engine.start(folder);
  }

  @AfterAll
  static void stopEngine() {
    engine.close();
  }

  @AfterEach
  void theEngineWorksAsBefore() {
    ExecutionView view = engine.run(DOCUMENT + "do: [{a: {set: {x: '${ 1 + 1 }'}}}]", NOTHING);
    assertThat(String.valueOf(view.output())).isEqualTo("{\"x\":2}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
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
        "0 | recurse(. + 1, . + 2)",
      })
  void anExpressionThatDoesNotEndIsAnErrorOfItsTask(String bomb) {
    String quoted = bomb.replace("'", "''");
    ExecutionView view =
        engine.run(DOCUMENT + "do: [{a: {set: {x: '${ " + quoted + " }'}}}]", NOTHING);

    assertThat(view.status()).isEqualTo(Status.FAULTED);
    WorkflowError error = Objects.requireNonNull(view.error());
    assertThat(error.type()).endsWith("/errors/expression");
    assertThat(error.instance()).isEqualTo("/do/0/a");
    assertThat(error.detail()).containsPattern("limit|more than|deeper|longer|larger");
  }

  @ParameterizedTest
  @ValueSource(strings = {"if", "while", "in", "until", "data", "from", "expect", "then", "wait"})
  void anExpressionIsBoundedWhereverItStands(String where) {
    String bomb = "last(range(infinite))";
    String task =
        switch (where) {
          case "if" -> "if: '" + bomb + "', set: {x: 1}";
          case "while" -> "for: {in: '[1]'}, while: '" + bomb + "', do: []";
          case "in" -> "for: {in: '" + bomb + "'}, do: []";
          case "until" -> "listen: {to: {any: [], until: '" + bomb + "'}}";
          case "data" -> "emit: {event: {with: {type: t, data: '${ " + bomb + " }'}}}";
          case "from" -> "input: {from: '" + bomb + "'}, set: {x: 1}";
          case "expect" ->
              "listen: {to: {one: {with: {type: t}, correlate: {k: {from: .id, expect: '${ "
                  + bomb
                  + " }'}}}}}";
          case "then" -> "switch: [{c: {when: '" + bomb + "', then: end}}]";
          default -> "wait: '${ " + bomb + " }'";
        };
    String id = engine.begin(DOCUMENT + "do: [{a: {" + task + "}}]", NOTHING).id();
    if (task.startsWith("listen")) {
      engine.publish(Engine.yaml("{id: '1', source: s, type: t, specversion: '1.0'}"));
    }

    ExecutionView view = engine.end(id);

    assertThat(view.status()).isEqualTo(Status.FAULTED);
    assertThat(Objects.requireNonNull(view.error()).type()).endsWith("/errors/expression");
  }

  static Stream<Arguments> texts() {
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
    return Stream.of(
        Arguments.of("aliases that multiply", aliases + DOCUMENT, "CAP-1006"),
        Arguments.of("a million tasks by aliases", million + DOCUMENT, "CAP-1006"),
        Arguments.of("an alias of itself", "do: &d [{a: {do: *d}}]\n" + DOCUMENT, "CAP-1007"),
        Arguments.of("brackets that nest", "do: " + "[".repeat(100_000), "CAP-1005"),
        Arguments.of("braces that nest", "do: " + "{a: ".repeat(100_000), "CAP-1005"),
        Arguments.of("JSON that nests", "{\"do\": " + "[".repeat(100_000), "CAP-1005"),
        Arguments.of("tasks that nest", "do: " + nested + "\n" + DOCUMENT, "CAP-1502"),
        Arguments.of(
            "too many tasks",
            DOCUMENT
                + "do:\n"
                + IntStream.range(0, 10_001)
                    .mapToObj("- t%d: {set: a}\n"::formatted)
                    .reduce("", String::concat),
            "CAP-1501"),
        Arguments.of("an expression that nests", expression + DOCUMENT, "CAP-1301"),
        Arguments.of("a number without end", "do: []\nuse: " + "9".repeat(100_000), "CAP-1009"),
        Arguments.of("nothing but zeros", "\0".repeat(1_000), "CAP-1002"),
        Arguments.of(
            "a pattern of a schema that is none",
            "input: {schema: {document: {pattern: '"
                + "(".repeat(200_000)
                + "'}}}\ndo: []\n"
                + DOCUMENT,
            "CAP-1404"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("texts")
  void aHostileTextIsRefusedWithItsPlaceAndNothingStarts(String name, String text, String code) {
    int before = executions();

    Refusal refusal =
        Objects.requireNonNull(
            catchThrowableOfType(Refusal.class, () -> engine.begin(text, NOTHING)), name);

    assertThat(refusal.code()).isEqualTo(Refusal.Code.INVALID_DEFINITION);
    assertThat(refusal.details()).hasSizeBetween(1, 20);
    assertThat(refusal.details())
        .anySatisfy(detail -> {
          assertThat(detail.code()).isEqualTo(code);
          assertThat(detail.line()).isPositive();
          assertThat(detail.column()).isPositive();
          assertThat(detail.message()).hasSizeLessThan(500);
        });
    assertThat(executions()).isEqualTo(before);
  }

  @Test
  void aPatternOfAFilterDoesNotHoldUpThoseWhoPublish() {
    String listens = "do: [{a: {listen: {to: {one: {with: {type: t, subject: '(x+x+)+y'}}}}}}]";
    String id = engine.begin(DOCUMENT + listens, NOTHING).id();
    String event = "{id: '%s', source: s, type: t, specversion: '1.0', subject: '%s'}";

    assertThat(engine.publish(Engine.yaml(event.formatted("1", "x".repeat(5_000))))).isZero();
    assertThat(engine.publish(Engine.yaml(event.formatted("2", "xxy")))).isEqualTo(1);

    assertThat(engine.end(id).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void aTextThatIsTooLargeIsNotRead() {
    Refusal refusal =
        catchThrowableOfType(
            Refusal.class,
            () -> engine.begin("#" + "x".repeat(1 << 20) + "\n" + DOCUMENT, NOTHING));
    assertThat(refusal.code()).isEqualTo(Refusal.Code.PAYLOAD_TOO_LARGE);
  }

  @Test
  void aSchemaThatIsNothingButItselfChecksNoData() {
    ExecutionView view =
        engine.run("input: {schema: {document: {$ref: '#'}}}\ndo: []\n" + DOCUMENT, NOTHING);
    assertThat(view.status()).isEqualTo(Status.FAULTED);
    assertThat(Objects.requireNonNull(view.error()).type()).endsWith("/errors/validation");
    assertThat(view.error().detail()).contains("nested without end");
  }

  @Test
  void aWorkflowThatRunsItselfEndsWithAnErrorThatNamesTheChain() {
    String itself =
        """
        document: {dsl: '1.0.3', namespace: test, name: itself, version: '1.0.0'}
        do: [{again: {run: {workflow: {namespace: test, name: itself, version: latest}}}}]
        """;
    engine.deploy(itself);

    ExecutionView view = engine.run(itself, NOTHING);

    assertThat(view.status()).isEqualTo(Status.FAULTED);
    WorkflowError error = Objects.requireNonNull(view.error());
    assertThat(error.type()).endsWith("/errors/configuration");
    assertThat(error.detail()).contains("levels deep", "test/itself");
    assertThat(error.instance()).isEqualTo("/do/0/again");
  }

  @Test
  void workflowsThatRunEachOtherEndWithAnErrorThatNamesTheChain() {
    for (String name : List.of("ping", "pong")) {
      String other = name.equals("ping") ? "pong" : "ping";
      engine.deploy(
          """
          document: {dsl: '1.0.3', namespace: test, name: %s, version: '1.0.0'}
          do: [{again: {run: {workflow: {namespace: test, name: %s, version: '1.0.0'}}}}]
          """
              .formatted(name, other));
    }
    ExecutionView view =
        engine.run(
            DOCUMENT
                + "do: [{r: {run: {workflow: {namespace: test, name: ping, version: '1.0.0'}}}}]",
            NOTHING);

    assertThat(view.status()).isEqualTo(Status.FAULTED);
    assertThat(Objects.requireNonNull(view.error()).detail())
        .contains("levels deep", "test/ping", "test/pong");
  }

  @ParameterizedTest
  @ValueSource(strings = {"continue", "exit", "end"})
  void aFlowDirectiveIsNoNameOfATask(String word) {
    Refusal refusal =
        catchThrowableOfType(
            Refusal.class,
            () -> engine.begin(DOCUMENT + "do:\n  - " + word + ": {set: {x: 1}}\n", NOTHING));
    assertThat(refusal.details()).hasSize(1);
    assertThat(refusal.details().getFirst().code()).isEqualTo("CAP-1202");
    assertThat(refusal.details().getFirst().line()).isEqualTo(3);
    assertThat(refusal.details().getFirst().column()).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "context",
        "input",
        "output",
        "secrets",
        "authorization",
        "task",
        "workflow",
        "runtime"
      })
  void aRuntimeArgumentIsNoNameOfAVariable(String word) {
    String loop = "do:\n  - a:\n      for: {each: " + word + ", in: .x}\n      do: []\n";
    Refusal refusal =
        catchThrowableOfType(Refusal.class, () -> engine.begin(DOCUMENT + loop, NOTHING));
    assertThat(refusal.details()).hasSize(1);
    assertThat(refusal.details().getFirst().code()).isEqualTo("CAP-1304");
    assertThat(refusal.details().getFirst().line()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "do",
        "set",
        "call",
        "if",
        "then",
        "null",
        "true",
        "0",
        "__proto__",
        "../../etc",
        "a/b~c",
        "$task",
        "${ .x }",
        "a b",
        "ü",
        "-",
        "\\u0000",
        "<script>"
      })
  void anyOtherNameOfATaskIsOne(String written) {
    String quoted = "\"" + written + "\"";
    String task = "do: [{" + quoted + ": {set: {n: '${ $task.name }'}}}]";
    ExecutionView view = engine.run(DOCUMENT + task, NOTHING);
    assertThat(view.status()).isEqualTo(Status.COMPLETED);
    assertThat(Objects.requireNonNull(view.output()).path("n")).isEqualTo(Engine.yaml(quoted));
  }

  @Test
  void aLoopWithoutEndIsCancelled() {
    String loop = "do: [{a: {set: {x: 1}}}, {b: {wait: {milliseconds: 1}, then: a}}]";
    String id = engine.begin(DOCUMENT + loop, NOTHING).id();
    engine.gateway().cancel(Principal.LOCAL, id, "enough").join();
    assertThat(engine.end(id).status()).isEqualTo(Status.CANCELLED);
  }

  @Test
  void aLoopWithoutEndThatWaitsForNothingEndsByItsHistory() {
    ExecutionView view = engine.run(DOCUMENT + "do: [{a: {set: {x: 1}, then: a}}]", NOTHING);
    assertThat(view.status()).isEqualTo(Status.FAULTED);
    WorkflowError error = Objects.requireNonNull(view.error());
    assertThat(error.detail()).contains("the history has reached its limit of 100000 events");
    assertThat(error.instance()).isEqualTo("/do");
  }

  private static int executions() {
    return engine
        .gateway()
        .executions(
            Principal.LOCAL,
            new Gateway.ExecutionFilter(null, null, null, Map.of(), null),
            1_000,
            null)
        .items()
        .size();
  }
}
