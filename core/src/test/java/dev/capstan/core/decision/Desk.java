package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * One execution, decided by hand: commands go in, events and effects come out, and nothing else
 * happens.
 */
final class Desk {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Settings settings;
  private final Execution execution;
  private Instant now = START;
  private long random = 1;

  Desk(String tasks) {
    this(tasks, WaitingRules.DEFAULT);
  }

  Desk(String tasks, WaitingRules waiting) {
    settings =
        new Settings(
            JqLimits.ofSteps(100_000),
            SecretSource.NONE,
            JsonNodeFactory.instance.objectNode(),
            1_000,
            10_000,
            waiting);
    execution = Execution.blank("x", definition(tasks));
  }

  static Definition definition(String tasks) {
    String text =
        "document: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}\n" + tasks;
    return switch (new DefinitionLoader().load(text, "test.yaml")) {
      case LoadResult.Loaded loaded -> loaded.definition();
      case LoadResult.Rejected rejected ->
          throw new IllegalArgumentException(rejected.diagnostics().toString());
    };
  }

  /** Starts it with an empty input. */
  static Desk started(String tasks) {
    return started(tasks, WaitingRules.DEFAULT);
  }

  static Desk started(String tasks, WaitingRules waiting) {
    Desk desk = new Desk(tasks, waiting);
    desk.accept(new Command.Start(JsonNodeFactory.instance.objectNode(), null, Map.of(), "test"));
    return desk;
  }

  Desk withRandom(long value) {
    random = value;
    return this;
  }

  Desk after(Duration span) {
    now = now.plus(span);
    return this;
  }

  Desk at(Instant instant) {
    now = instant;
    return this;
  }

  Decision decide(Command command) {
    return new Decider(settings).decide(execution, command, new Moment(now, random));
  }

  Decision.Accepted accept(Command command) {
    return switch (decide(command)) {
      case Decision.Accepted accepted -> accepted;
      case Decision.Rejected rejected -> throw new AssertionError(rejected.toString());
    };
  }

  Decision.Accepted fire(TimerKey.Kind kind, long task) {
    return accept(new Command.FireTimer(new TimerKey(kind, task)));
  }

  Execution execution() {
    return execution;
  }

  static <T extends Event> List<T> events(Decision.Accepted decision, Class<T> type) {
    return decision.events().stream().filter(type::isInstance).map(type::cast).toList();
  }

  static <T extends Effect> List<T> effects(Decision.Accepted decision, Class<T> type) {
    return decision.effects().stream().filter(type::isInstance).map(type::cast).toList();
  }

  static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
