package dev.capstan.core.execution;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.Moment;
import dev.capstan.core.decision.SecretSource;
import dev.capstan.core.decision.Settings;
import dev.capstan.core.decision.TimerKey;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import java.time.Instant;
import java.util.AbstractSet;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** How many runs a decision looks at, one after the other, where there are many. */
class RunsTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final Decider decider =
      new Decider(
          new Settings(
              JqLimits.ofSteps(100_000),
              SecretSource.NONE,
              JsonNodeFactory.instance.objectNode(),
              1_000,
              100_000));
  private final Deque<TimerKey> timers = new ArrayDeque<>();
  private Instant now = START;
  private long seen;

  /** Counts what is read of it otherwise than by key. */
  private final class Watched extends TreeMap<Long, TaskRun> {
    private static final long serialVersionUID = 1L;

    @Override
    public Set<Map.Entry<Long, TaskRun>> entrySet() {
      Set<Map.Entry<Long, TaskRun>> entries = super.entrySet();
      return new AbstractSet<>() {
        @Override
        public Iterator<Map.Entry<Long, TaskRun>> iterator() {
          return counting(entries.iterator());
        }

        @Override
        public int size() {
          return entries.size();
        }
      };
    }

    @Override
    public Collection<TaskRun> values() {
      Collection<TaskRun> values = super.values();
      return new java.util.AbstractCollection<>() {
        @Override
        public Iterator<TaskRun> iterator() {
          return counting(values.iterator());
        }

        @Override
        public int size() {
          return values.size();
        }
      };
    }

    @Override
    public Set<Long> keySet() {
      throw new UnsupportedOperationException("not counted");
    }
  }

  private <T> Iterator<T> counting(Iterator<T> all) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return all.hasNext();
      }

      @Override
      public T next() {
        seen++;
        return all.next();
      }
    };
  }

  private static Definition loop(int width, String body) {
    String text =
        """
        document: {dsl: '1.0.3', namespace: test, name: test, version: '1.0.0'}
        do:
          - l:
              for: {in: .items}
              do: [%s]
              metadata: {capstan: {parallel: {width: %d, onError: collect}}}
        """
            .formatted(body, width);
    return switch (new DefinitionLoader().load(text, "test.yaml")) {
      case LoadResult.Loaded loaded -> loaded.definition();
      case LoadResult.Rejected rejected ->
          throw new IllegalArgumentException(rejected.diagnostics().toString());
    };
  }

  private void decide(Execution execution, Command command) {
    Decision decision = decider.decide(execution, command, new Moment(now, 1));
    if (!(decision instanceof Decision.Accepted accepted)) {
      throw new AssertionError(decision);
    }
    for (Effect effect : accepted.effects()) {
      if (effect instanceof Effect.ArmTimer timer) {
        timers.add(timer.key());
      }
    }
  }

  /** A loop that has begun as many iterations as are allowed, each of which waits. */
  private Execution begun(int width, String body) {
    Definition definition = loop(width, body);
    Execution execution =
        Execution.blank("x", definition, DefinitionSource.only(definition), new Runs(Watched::new));
    ObjectNode input = JsonNodeFactory.instance.objectNode();
    ArrayNode items = input.putArray("items");
    for (int i = 0; i < 2 * width; i++) {
      items.add(i);
    }
    decide(execution, new Command.Start(input, null, Map.of(), "test"));
    while (timers.removeIf(key -> key.kind() == TimerKey.Kind.CONTINUE)) {
      decide(execution, new Command.FireTimer(new TimerKey(TimerKey.Kind.CONTINUE, 0)));
    }
    assertThat(execution.status()).isEqualTo(Status.WAITING);
    assertThat(timers).hasSize(width);
    now = now.plusSeconds(2);
    return execution;
  }

  /** How many runs are looked at while ten iterations go on. */
  private long seenByTen(int width, String body) {
    timers.clear();
    Execution execution = begun(width, body);
    seen = 0;
    for (int i = 0; i < 10; i++) {
      decide(execution, new Command.FireTimer(timers.removeFirst()));
      assertThat(execution.status()).isEqualTo(Status.WAITING);
    }
    return seen;
  }

  @Test
  void whatOneIterationDoesCostsNoMoreInAWideLoop() {
    for (String body :
        List.of(
            "{w: {wait: PT1S}}",
            "{w: {wait: PT1S}}, {v: {wait: PT1S}}",
            "{t: {try: [{w: {wait: PT1S}}, {r: {raise: {error: {type: 'https://e/x', status: 500}}}}], catch: {}}}",
            "{w: {wait: PT1S}}, {r: {raise: {error: {type: 'https://e/x', status: 500}}}}",
            "{f: {fork: {branches: [{w: {wait: PT1S}}]}}}")) {
      assertThat(seenByTen(600, body)).as(body).isEqualTo(seenByTen(20, body)).isLessThan(100);
    }
  }
}
