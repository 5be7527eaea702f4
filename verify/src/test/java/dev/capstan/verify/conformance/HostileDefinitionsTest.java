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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Definitions that are made to hang an engine, to fill it or to break it, given to a whole engine
 * with the limits of production. Each is refused with a place in its text, or runs and ends with an
 * error, and the engine works as before. The time limit only says that nothing hangs.
 */
@Timeout(value = 90, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileDefinitionsTest {
  private static final String DOCUMENT = HostileDefinitions.DOCUMENT;
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

  static List<String> bombs() {
    return HostileDefinitions.BOMBS;
  }

  @ParameterizedTest
  @MethodSource("bombs")
  void anExpressionThatDoesNotEndIsAnErrorOfItsTask(String bomb) {
    ExecutionView view = engine.run(HostileDefinitions.evaluating(bomb), NOTHING);

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

  static List<HostileDefinitions.Text> texts() {
    return HostileDefinitions.texts();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("texts")
  void aHostileTextIsRefusedWithItsPlaceAndNothingStarts(HostileDefinitions.Text hostile) {
    int before = executions();

    Refusal refusal =
        Objects.requireNonNull(
            catchThrowableOfType(Refusal.class, () -> engine.begin(hostile.text(), NOTHING)),
            hostile.name());

    assertThat(refusal.code()).isEqualTo(Refusal.Code.INVALID_DEFINITION);
    assertThat(refusal.details()).hasSizeBetween(1, 20);
    assertThat(refusal.details()).anyMatch(detail -> detail.code().equals(hostile.code()));
    assertThat(refusal.details())
        .allSatisfy(detail -> {
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
    assertThat(refusal.details().getFirst().column()).isPositive();
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
