package dev.capstan.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Effect;
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
import dev.capstan.server.gateway.Views.HistoryEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HistoryProjectionTest {
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
  private static final String TEXT =
      """
      document: {dsl: '1.0.0', namespace: test, name: a, version: '1.0.0'}
      do:
        - first:
            set: {greeting: hello}
        - never:
            if: ${ false }
            set: {x: 1}
        - say:
            run: {shell: {command: echo}}
      """;

  private final JsonMapper json = new JsonMapper();
  private final Decider decider =
      new Decider(
          new Settings(
              JqLimits.ofSteps(100_000), SecretSource.NONE, json.createObjectNode(), 100, 1_000));
  private final Definition definition = definition();
  private final Execution execution = Execution.blank("x", definition);
  private final List<Event.Recorded> history = new ArrayList<>();

  private static Definition definition() {
    if (new DefinitionLoader().load(TEXT, "a.yaml") instanceof LoadResult.Loaded loaded) {
      return loaded.definition();
    }
    throw new AssertionError("the definition is invalid");
  }

  private List<Effect> decide(Command command) {
    long index = execution.eventCount();
    Decision decision = decider.decide(execution, command, new Moment(NOW, 1));
    assertThat(decision).isInstanceOf(Decision.Accepted.class);
    Decision.Accepted accepted = (Decision.Accepted) decision;
    history.add(new Event.Recorded(index, NOW, accepted.events()));
    return accepted.effects();
  }

  private void run() {
    List<Effect> effects =
        decide(new Command.Start(json.createObjectNode(), null, Map.of(), "somebody"));
    long task =
        effects.stream()
            .filter(Effect.Enqueue.class::isInstance)
            .map(effect -> ((Effect.Enqueue) effect).task())
            .findFirst()
            .orElseThrow();
    decide(new Command.Assign(task, "w1", 7));
    decide(
        new Command.ReportOutput(
            new AttemptToken("x", task, 1, 7), new TextNode("the token is s3cr3t")));
  }

  private List<HistoryEntry> project(Redaction redaction) {
    HistoryProjection projection =
        new HistoryProjection("x", DefinitionSource.only(definition), redaction);
    return history.stream().flatMap(recorded -> projection.next(recorded).stream()).toList();
  }

  @Test
  void everyEntryShowsItsValuesAlthoughEventsStoreThemOnce() {
    run();
    List<HistoryEntry> entries = project(new Redaction(List.of()));
    assertThat(entries)
        .extracting(
            entry -> entry.type() + " " + entry.task() + " " + entry.input() + " " + entry.output())
        .containsSubsequence(
            "execution.started null {} null",
            "task.created first {} null",
            "task.completed first null {\"greeting\":\"hello\"}",
            "task.skipped never null null",
            "task.created say {\"greeting\":\"hello\"} null",
            "task.started say null null",
            "task.completed say null \"the token is s3cr3t\"",
            "execution.completed null null \"the token is s3cr3t\"");
    assertThat(entries).extracting(HistoryEntry::index).isSorted().doesNotHaveDuplicates();
    assertThat(entries).hasSize((int) execution.eventCount());
  }

  @Test
  void entriesOfANodeSayWhichAndWhichAttempt() {
    run();
    assertThat(project(new Redaction(List.of())))
        .filteredOn(entry -> "say".equals(entry.task()) && !entry.type().equals("task.created"))
        .allSatisfy(entry -> {
          assertThat(entry.node()).isEqualTo("w1");
          assertThat(entry.attempt()).isEqualTo(1);
          assertThat(entry.reference()).isEqualTo("/do/2/say");
        });
  }

  @Test
  void secretsAreHidden() {
    run();
    List<HistoryEntry> entries = project(new Redaction(List.of(new TextNode("s3cr3t"))));
    assertThat(entries.toString()).doesNotContain("s3cr3t").contains("the token is ***");
  }

  @Test
  void whatWasSeenIsSkippedAndAGapIsRefused() {
    run();
    HistoryProjection projection =
        new HistoryProjection("x", DefinitionSource.only(definition), new Redaction(List.of()));
    int first = projection.next(history.getFirst()).size();
    assertThat(first).isPositive();
    assertThat(projection.next(history.getFirst())).isEmpty();
    Event.Recorded last = history.getLast();
    assertThatThrownBy(() -> projection.next(last))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("gap");
  }

  @Test
  void shortSecretsAreHiddenOnlyWhereTheyAreTheWholeText() throws Exception {
    Redaction redaction =
        new Redaction(List.of(json.readTree("{\"pin\": 42, \"long\": \"abcdef\"}")));
    JsonNode shown =
        redaction.hide(
            json.readTree("{\"a\": \"42\", \"b\": \"1428\", \"c\": 42, \"d\": [\"xabcdefx\"]}"));
    assertThat(shown)
        .isEqualTo(
            json.readTree("{\"a\": \"***\", \"b\": \"1428\", \"c\": \"***\", \"d\": [\"x***x\"]}"));
  }

  @Test
  void aNameAndAPasswordAreHiddenAsACallSendsThem() throws Exception {
    Redaction redaction =
        new Redaction(List.of(json.readTree("{\"username\": \"u\", \"password\": \"pw\"}")));
    JsonNode shown = redaction.hide(json.readTree("{\"sent\": \"Basic dTpwdw==\"}"));
    assertThat(shown).isEqualTo(json.readTree("{\"sent\": \"Basic ***\"}"));
  }
}
