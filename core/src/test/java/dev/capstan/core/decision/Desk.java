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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * One execution, decided by hand: commands go in, events and effects come out, and nothing else
 * happens.
 */
final class Desk {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Settings settings;
  private final Execution execution;
  private final Map<String, Definition> known = new TreeMap<>();
  private final List<Event.Recorded> history = new ArrayList<>();
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
    execution = Execution.blank("x", known(definition(tasks)), this::known);
  }

  private Definition known(Definition definition) {
    known.put(definition.hash(), definition);
    return definition;
  }

  private Definition known(String hash) {
    return Objects.requireNonNull(known.get(hash), hash);
  }

  /** Asks for a move to a version 2.0.0 with these tasks. */
  Command.Migrate to(String tasks) {
    return to(tasks, Map.of());
  }

  /** The same, where tasks have other names. */
  Command.Migrate to(String tasks, Map<String, String> given) {
    return new Command.Migrate(known(definition(tasks, "2.0.0")), given, "tester");
  }

  /** The state that its history gives. */
  Execution replayed() {
    return Execution.replay("x", this::known, history);
  }

  static Definition definition(String tasks) {
    return definition(tasks, "1.0.0");
  }

  static Definition definition(String tasks, String version) {
    return named("test, version: '" + version + "'", tasks);
  }

  /** A definition of another name, version included. */
  static Definition named(String name, String tasks) {
    String version = name.contains("version:") ? "" : ", version: '1.0.0'";
    String text =
        "document: {dsl: '1.0.3', namespace: test, name: " + name + version + "}\n" + tasks;
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
    long first = execution.eventCount();
    Decision decision = new Decider(settings).decide(execution, command, new Moment(now, random));
    if (decision instanceof Decision.Accepted accepted) {
      history.add(new Event.Recorded(first, now, accepted.events()));
    }
    return decision;
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
