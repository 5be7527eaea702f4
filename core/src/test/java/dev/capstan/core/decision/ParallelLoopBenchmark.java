package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a parallel loop costs the engine's mind, from its start to its end: microseconds of the
 * thread's processor time an item, the best of a few rounds, and the fold of its history. Run it by
 * hand; it asserts nothing.
 */
final class ParallelLoopBenchmark {
  private static final int ROUNDS = 5;
  private static final String CALL =
      "{c: {call: http, with: {method: get, endpoint: 'http://h/'}}}";
  private static final Map<String, String> BODIES =
      Map.of(
          "wait",
          "{w: {wait: PT1S}}",
          "call",
          CALL,
          "nest",
          "{n: {for: {in: '${ [range(10)] }'}, do: ["
              + CALL
              + "], metadata: {capstan: {parallel: {width: 10}}}}}");

  private final Definition definition;
  private final Execution execution;
  private final Decider decider =
      new Decider(
          new Settings(
              JqLimits.ofSteps(10_000_000),
              SecretSource.NONE,
              JsonNodeFactory.instance.objectNode(),
              1_000,
              10_000_000));
  private final Deque<Command> commands = new ArrayDeque<>();
  private final Set<Long> enqueued = new HashSet<>();
  private final List<Event.Recorded> history = new ArrayList<>();
  private Instant now = Desk.START;
  private int decisions;

  private ParallelLoopBenchmark(String body, int items, int width) {
    definition =
        Desk.definition(
            "do: [{l: {for: {in: .items}, do: ["
                + body
                + "], metadata: {capstan: {parallel: {width: "
                + width
                + "}}}}}]");
    execution = Execution.blank("x", definition);
    ObjectNode input = JsonNodeFactory.instance.objectNode();
    ArrayNode array = input.putArray("items");
    for (int i = 0; i < items; i++) {
      array.add(i);
    }
    commands.add(new Command.Start(input, null, Map.of(), "test"));
  }

  public static void main(String[] args) {
    for (Map.Entry<String, String> body : BODIES.entrySet()) {
      for (int items : new int[] {1_000, 10_000, 100_000}) {
        for (int width : new int[] {10, 100, 1_000}) {
          measure(body.getKey(), body.getValue(), items, width);
        }
      }
    }
  }

  private static void measure(String name, String body, int items, int width) {
    double best = Double.MAX_VALUE;
    double fold = Double.MAX_VALUE;
    ParallelLoopBenchmark last = new ParallelLoopBenchmark(body, items, width);
    for (int round = 0; round < ROUNDS; round++) {
      last = new ParallelLoopBenchmark(body, items, width);
      long start = processorNanos();
      last.run();
      best = Math.min(best, (processorNanos() - start) / 1e3 / items);
      start = processorNanos();
      var _ = Execution.replay("x", DefinitionSource.only(last.definition), last.history);
      fold = Math.min(fold, (processorNanos() - start) / 1e6);
    }
    System.out.printf(
        "%s %6d items, width %4d: %6.1f us an item, %6d decisions, %6d events, fold %7.1f ms%n",
        name, items, width, best, last.decisions, last.execution.eventCount(), fold);
  }

  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private void run() {
    for (Command next = commands.poll(); next != null; next = commands.poll()) {
      long first = execution.eventCount();
      Decision decision = decider.decide(execution, next, new Moment(now, 1));
      if (!(decision instanceof Decision.Accepted accepted)) {
        throw new IllegalStateException(decision.toString());
      }
      decisions++;
      history.add(new Event.Recorded(first, now, accepted.events()));
      accepted.effects().forEach(this::follow);
      now = now.plusSeconds(2);
    }
    if (!execution.status().hasEnded()) {
      throw new IllegalStateException("it is " + execution.status());
    }
  }

  private void follow(Effect effect) {
    if (effect instanceof Effect.ArmTimer timer) {
      Command fire = new Command.FireTimer(timer.key());
      if (timer.key().kind() == TimerKey.Kind.CONTINUE) {
        commands.addFirst(fire);
      } else {
        commands.addLast(fire);
      }
    } else if (effect instanceof Effect.Enqueue task && enqueued.add(task.task())) {
      commands.addLast(new Command.Assign(task.task(), "n", 1));
    } else if (effect instanceof Effect.Dispatch dispatch) {
      commands.addLast(new Command.ReportOutput(dispatch.token(), IntNode.valueOf(1)));
    }
  }
}
