package dev.capstan.server.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Moment;
import dev.capstan.core.decision.SecretSource;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.gateway.Gateway.LifecycleFilter;
import dev.capstan.server.gateway.Gateway.LifecycleStream;
import dev.capstan.server.gateway.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LifecycleHubTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final Duration AT_ONCE = Duration.ZERO;
  private static final LifecycleFilter ALL = new LifecycleFilter(null, null, false);
  private static final String TEXT =
      """
      document: {dsl: '1.0.0', namespace: test, name: a, version: '1.0.0'}
      do:
        - first: {set: {x: 1}}
        - second: {set: {y: 2}}
        - pause: {wait: {hours: 1}}
      """;

  private final LifecycleHub hub = new LifecycleHub(value -> value, 3);
  private final Histories histories = new Histories(TEXT);

  /** The histories of a partition, and who leads it. */
  private static final class Histories implements HistorySource {
    private final Definition definition;
    private final List<Event.Recorded> history;
    private boolean here = true;

    private Histories(String text) {
      definition = load(text);
      history = decided(definition);
    }

    private static Definition load(String text) {
      if (new DefinitionLoader().load(text, "a.yaml") instanceof LoadResult.Loaded loaded) {
        return loaded.definition();
      }
      throw new AssertionError("the definition is invalid");
    }

    /** A row each event, as if each were a batch. */
    private static List<Event.Recorded> decided(Definition definition) {
      JsonMapper json = new JsonMapper();
      Decider decider =
          new Decider(
              new Settings(
                  JqLimits.ofSteps(100_000),
                  SecretSource.NONE,
                  json.createObjectNode(),
                  100,
                  1_000));
      Decision decision =
          decider.decide(
              Execution.blank("x", definition),
              new Command.Start(json.createObjectNode(), null, Map.of(), "somebody"),
              new Moment(NOW, 1));
      assertThat(decision).isInstanceOf(Decision.Accepted.class);
      List<Event.Recorded> rows = new ArrayList<>();
      for (Event event : ((Decision.Accepted) decision).events()) {
        rows.add(new Event.Recorded(rows.size(), NOW, List.of(event)));
      }
      return rows;
    }

    @Override
    public @Nullable Definition definition(String execution) {
      return definition;
    }

    @Override
    public DefinitionSource definitions() {
      return DefinitionSource.only(definition);
    }

    @Override
    public List<Event.Recorded> history(String execution, long from, int count) {
      return history.stream().filter(row -> row.firstIndex() >= from).limit(count).toList();
    }

    @Override
    public boolean isLedHere() {
      return here;
    }
  }

  private void grow(String execution, int from, int to) {
    for (int row = from; row < to; row++) {
      hub.grown(histories, execution, row);
    }
  }

  private static List<String> ids(List<JsonNode> events) {
    return events.stream().map(event -> event.get("id").textValue()).toList();
  }

  @Test
  void aHistoryGivesTheSameEventsInWhateverPiecesItIsRead() throws InterruptedException {
    int rows = histories.history.size();
    List<String> whole;
    try (LifecycleStream stream = hub.follow(ALL)) {
      grow("x", 0, rows);
      whole = ids(stream.next(AT_ONCE));
    }
    assertThat(whole)
        .startsWith("x:0:workflow.started", "x:1:task.created:1")
        .doesNotHaveDuplicates();
    for (int cut = 1; cut < rows; cut++) {
      List<String> pieces = new ArrayList<>();
      try (LifecycleStream stream = hub.follow(ALL)) {
        grow("x", 0, cut);
        pieces.addAll(ids(stream.next(AT_ONCE)));
        grow("x", cut, rows);
        pieces.addAll(ids(stream.next(AT_ONCE)));
      }
      assertThat(pieces).isEqualTo(whole);
      try (LifecycleStream late = hub.follow(ALL)) {
        grow("x", cut, rows);
        List<String> rest = ids(late.next(AT_ONCE));
        assertThat(whole).endsWith(rest.toArray(String[]::new));
        String first = cut + ":";
        assertThat(rest).allSatisfy(id -> assertThat(id).isGreaterThanOrEqualTo("x:" + first));
      }
    }
  }

  @Test
  void theStatusOfATaskIsToldAsItEnds() throws InterruptedException {
    Histories faulting =
        new Histories(
            """
            document: {dsl: '1.0.0', namespace: test, name: a, version: '1.0.0'}
            do:
              - t:
                  try: [ { a: { raise: { error: { type: 'https://example.com/e', status: 409 } } } } ]
                  catch: { do: [ { b: { set: { x: 1 } } } ] }
            """);
    try (LifecycleStream stream = hub.follow(new LifecycleFilter(null, null, true))) {
      for (int row = 0; row < faulting.history.size(); row++) {
        hub.grown(faulting, "x", row);
      }
      List<String> changes =
          stream.next(AT_ONCE).stream()
              .filter(event -> event.path("type").asText().contains("task.status-changed"))
              .map(event ->
                  event.at("/data/task").asText() + " " + event.at("/data/status").asText())
              .filter(change -> !change.endsWith("pending") && !change.endsWith("running"))
              .toList();
      assertThat(changes)
          .containsExactly(
              "/do/0/t/try/0/a faulted", "/do/0/t/catch/do/0/b completed", "/do/0/t completed");
    }
  }

  @Test
  void aListenerThatDoesNotReadLosesItsStreamAndHoldsNobody() throws InterruptedException {
    try (LifecycleStream slow = hub.follow(ALL);
        LifecycleStream quick = hub.follow(ALL)) {
      for (int i = 0; i < 10; i++) {
        grow("x" + i, 0, 2);
        assertThat(quick.next(AT_ONCE)).hasSize(2);
      }
      for (int i = 0; i < 3; i++) {
        assertThat(ids(slow.next(AT_ONCE))).startsWith("x" + i + ":0:workflow.started");
      }
      assertThatThrownBy(() -> slow.next(AT_ONCE))
          .isInstanceOfSatisfying(
              Refusal.class, e -> assertThat(e.code()).isEqualTo(Refusal.Code.BUSY))
          .hasMessageContaining("fell 3 executions behind");
      grow("x11", 0, 1);
      assertThat(quick.next(AT_ONCE)).hasSize(1);
    }
    assertThat(hub.isFollowed()).isFalse();
  }

  @Test
  void streamsAreCountedAndEndWithTheCoordinator() throws InterruptedException {
    List<LifecycleStream> streams = new ArrayList<>();
    assertThatThrownBy(
            () -> {
              while (true) {
                streams.add(hub.follow(ALL));
              }
            })
        .isInstanceOfSatisfying(
            Refusal.class, e -> assertThat(e.code()).isEqualTo(Refusal.Code.BUSY));
    streams.removeFirst().close();
    streams.add(hub.follow(ALL));
    hub.close();
    assertThat(streams)
        .allSatisfy(stream ->
            assertThatThrownBy(() -> stream.next(AT_ONCE))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("stops"));
  }

  @Test
  void onlyWhatIsWantedIsTold() throws InterruptedException {
    try (LifecycleStream other = hub.follow(new LifecycleFilter("test", "b", false));
        LifecycleStream wanted = hub.follow(new LifecycleFilter("test", "a", true))) {
      grow("x", 0, histories.history.size());
      assertThat(other.next(AT_ONCE)).isEmpty();
      assertThat(wanted.next(AT_ONCE))
          .extracting(event -> event.get("type").textValue())
          .contains("io.serverlessworkflow.task.status-changed.v1");
    }
  }

  @Test
  void theNextLeaderSendsAgainWhatTheFormerOneMayNotHaveSent() throws InterruptedException {
    AtomicLong nanos = new AtomicLong();
    SinkIntake intake = new SinkIntake(10, nanos::get);
    hub.add(intake);
    histories.here = false;
    grow("old", 0, 2);
    nanos.addAndGet(SinkIntake.REMEMBERED.toNanos() - 1);
    grow("recent", 0, 3);
    nanos.addAndGet(2);
    intake.takeOver();
    assertThat(intake.tap().take(AT_ONCE)).as("another coordinator leads").isNull();

    histories.here = true;
    intake.takeOver();
    assertThat(intake.tap().take(AT_ONCE)).isEqualTo(new Growth(histories, "recent", 0, 2));
    assertThat(intake.tap().take(AT_ONCE)).isNull();
    grow("recent", 3, 4);
    assertThat(intake.tap().take(AT_ONCE)).isEqualTo(new Growth(histories, "recent", 3, 3));
    assertThat(intake.dropped()).isZero();
  }

  @Test
  void whatIsRememberedOfOtherLeadersIsBounded() throws InterruptedException {
    SinkIntake intake = new SinkIntake(2, () -> 0);
    hub.add(intake);
    histories.here = false;
    for (int i = 0; i < 5; i++) {
      grow("x" + i, 0, 1);
    }
    histories.here = true;
    intake.takeOver();
    assertThat(intake.tap().size()).isEqualTo(2);
    assertThat(intake.tap().take(AT_ONCE)).isEqualTo(new Growth(histories, "x3", 0, 0));
  }
}
