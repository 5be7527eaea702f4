package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.placement.Claim;
import dev.capstan.server.partition.TaskQueue.Visit;
import dev.capstan.server.partition.TaskQueue.Waiting;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes, goes, ends and waits: what must always hold of a queue. */
class TaskQueueRandomTest {
  private static final int STEPS = 4_000;
  private static final long MILLI = 1_000_000L;
  private static final List<String> KINDS = List.of("run:shell", "call:http");

  /** Who takes turns: the keys of a priority. */
  private record Sharer(int priority, @Nullable String key) {
    static Sharer of(Waiting task) {
      return new Sharer(task.claim().priority(), task.claim().key());
    }
  }

  /** A queue, the slots of two kinds of nodes, and a plain account of what ought to be. */
  private static final class Model {
    final Random random;
    final Attempts attempts = new Attempts();
    final TaskQueue queue = new TaskQueue(attempts);
    final Map<RunKey, Waiting> waiting = new LinkedHashMap<>();
    final Map<RunKey, Claim> running = new LinkedHashMap<>();
    final Map<String, Integer> free = new HashMap<>();
    final Map<RunKey, String> kinds = new HashMap<>();
    final Map<Claim.Rate, Deque<Long>> starts = new HashMap<>();
    final Map<RunKey, Long> taken = new LinkedHashMap<>();
    final List<String> trace = new ArrayList<>();
    final Map<Sharer, Long> turns = new HashMap<>();
    private long turn;
    long nowMillis = 1_000_000;
    long number;

    Model(long seed) {
      random = new Random(seed);
      queue.begin(nowMillis * MILLI, true);
      KINDS.forEach(kind -> free.put(kind, 3));
    }

    void step() {
      nowMillis += random.nextInt(200);
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> join(metadata());
        case 4, 5, 6, 7 -> end();
        case 8 -> withdraw();
        default -> queue.unblock();
      }
      look();
    }

    void join(String metadata) {
      RunKey run = new RunKey("e" + ++number, random.nextInt(3));
      String kind = KINDS.get(random.nextInt(KINDS.size()));
      kinds.put(run, kind);
      Waiting task =
          queue.add(run, kind, Yard.json(metadata), new Age(number, nowMillis), nowMillis);
      waiting.put(run, task);
      turns.computeIfAbsent(Sharer.of(task), _ -> ++turn);
    }

    private String metadata() {
      List<String> parts = new ArrayList<>();
      if (random.nextBoolean()) {
        parts.add("\"priority\":" + (random.nextInt(5) - 2) * 10);
      }
      if (random.nextBoolean()) {
        parts.add("\"key\":\"k" + random.nextInt(4) + "\"");
      }
      if (random.nextInt(3) == 0) {
        int key = random.nextInt(2);
        parts.add("\"concurrency\":{\"key\":\"c%d\",\"limit\":%d}".formatted(key, key + 1));
      }
      if (random.nextInt(3) == 0) {
        int key = random.nextInt(2);
        parts.add(
            "\"rate\":{\"key\":\"r%d\",\"limit\":%d,\"per\":\"PT2S\"}".formatted(key, key + 2));
      }
      return "{" + String.join(",", parts) + "}";
    }

    void end() {
      if (running.isEmpty()) {
        return;
      }
      List<RunKey> all = List.copyOf(running.keySet());
      RunKey run = all.get(random.nextInt(all.size()));
      running.remove(run);
      free.merge(kinds.getOrDefault(run, ""), 1, Integer::sum);
      Attempts.Attempt attempt = attempts.remove(run);
      assertThat(attempt).isNotNull();
      if (attempt != null) {
        queue.freed(attempt.concurrencyKey());
      }
      queue.unblock();
    }

    private void withdraw() {
      if (!waiting.isEmpty()) {
        List<RunKey> all = List.copyOf(waiting.keySet());
        RunKey run = all.get(random.nextInt(all.size()));
        Waiting task = queue.remove(run);
        assertThat(task).isNotNull().isSameAs(waiting.remove(run));
        if (task != null) {
          left(task);
        }
      }
    }

    /** A key of which nothing waits has no turn. */
    private void left(Waiting task) {
      Sharer sharer = Sharer.of(task);
      if (waiting.values().stream().map(Sharer::of).noneMatch(sharer::equals)) {
        turns.remove(sharer);
      }
    }

    /** What could start just as well as the one that is taken. */
    private Stream<Waiting> startable() {
      return waiting.values().stream()
          .filter(task -> fits(task) && queue.heldBack(task.claim()) == null);
    }

    private long turn(Waiting task) {
      return Objects.requireNonNull(turns.get(Sharer.of(task)));
    }

    /** No key of the priority whose turn came before could start, and nothing of this key did. */
    private void requireTurn(Waiting task) {
      int priority = task.claim().priority();
      startable()
          .filter(other -> other != task && other.claim().priority() == priority)
          .forEach(other -> {
            assertThat(turn(other))
                .as("turn of %s", other.run())
                .isGreaterThanOrEqualTo(turn(task));
            if (turn(other) == turn(task)) {
              assertThat(other.age().number()).isGreaterThan(task.age().number());
            }
          });
    }

    /** Nothing that could start has waited longer, priorities counted, than its priority has. */
    private void requireAge(Waiting task) {
      int priority = task.claim().priority();
      long own =
          startable()
              .filter(each -> each.claim().priority() == priority)
              .mapToLong(Model::rank)
              .min()
              .orElseThrow();
      assertThat(startable().mapToLong(Model::rank).min()).hasValue(own);
    }

    private static long rank(Waiting task) {
      return task.age().millis() - task.claim().priority() * TaskQueue.POINT_MILLIS;
    }

    void look() {
      long nowNanos = nowMillis * MILLI;
      queue.wake(nowNanos);
      queue.visit(nowNanos, this::fits, task -> take(task, nowNanos));
    }

    private boolean fits(Waiting task) {
      return free.getOrDefault(task.demand().kind(), 0) > 0;
    }

    private Visit take(Waiting task, long nowNanos) {
      assertThat(waiting.get(task.run())).as("it waits").isSameAs(task);
      String kind = task.demand().kind();
      if (!fits(task)) {
        return Visit.NO_PLACE;
      }
      requireTurn(task);
      requireAge(task);
      free.merge(kind, -1, Integer::sum);
      queue.remove(task.run());
      waiting.remove(task.run());
      turns.put(Sharer.of(task), ++turn);
      left(task);
      queue.started(task, nowNanos);
      Claim claim = task.claim();
      String counted = claim.concurrency() == null ? null : claim.concurrency().key();
      attempts.add(
          new Attempts.Attempt(
              task.run(), 1, "n", 1, claim.key(), counted, "definition", task.age()));
      running.put(task.run(), claim);
      assertThat(taken.put(task.run(), nowMillis)).as("taken once").isNull();
      trace.add(task.run() + "@" + nowMillis);
      requireLimits(claim, nowNanos);
      return Visit.TAKEN;
    }

    private void requireLimits(Claim claim, long nowNanos) {
      Claim.Concurrency concurrency = claim.concurrency();
      if (concurrency != null) {
        long same =
            running.values().stream()
                .map(Claim::concurrency)
                .filter(other -> other != null && other.key().equals(concurrency.key()))
                .count();
        assertThat(same).isLessThanOrEqualTo(concurrency.limit());
      }
      Claim.Rate rate = claim.rate();
      if (rate != null) {
        Deque<Long> before = starts.computeIfAbsent(rate, _ -> new ArrayDeque<>());
        before.add(nowNanos);
        int count = 0;
        for (var each = before.descendingIterator(); each.hasNext(); ) {
          count++;
          long span = nowNanos - each.next();
          long most = rate.limit() + span * rate.limit() / rate.per().toNanos();
          assertThat((long) count).as("starts in %d ns", span).isLessThanOrEqualTo(most);
        }
      }
    }

    /** Nothing is looked at, though it could be taken. */
    void requireNothingForgotten() {
      queue.unblock();
      int before = taken.size();
      look();
      Set<String> could = new LinkedHashSet<>();
      for (Waiting task : waiting.values()) {
        if (free.getOrDefault(task.demand().kind(), 0) > 0
            && queue.heldBack(task.claim()) == null) {
          could.add(task.run().toString());
        }
      }
      assertThat(could).isEmpty();
      assertThat(before).isEqualTo(taken.size());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void no_task_is_lost_or_taken_twice_and_no_limit_is_exceeded(long seed) {
    Model model = new Model(seed);
    for (int i = 0; i < STEPS; i++) {
      model.step();
      assertThat(model.queue.size())
          .as("seed %d, step %d", seed, i)
          .isEqualTo(model.waiting.size());
      if (i % 100 == 0) {
        model.requireNothingForgotten();
      }
    }
    for (int i = 0; i < STEPS * 4 && !model.waiting.isEmpty(); i++) {
      model.nowMillis += 500;
      model.end();
      model.look();
    }
    assertThat(model.waiting).as("seed %d: all are taken in the end", seed).isEmpty();
    assertThat(model.queue.lengths()).isEmpty();
    assertThat(model.queue.hasWork()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void nothing_starves_while_slots_become_free_and_more_important_work_keeps_coming(long seed) {
    Model model = new Model(seed);
    model.free.replaceAll((_, _) -> 1);
    for (int i = 0; i < 20; i++) {
      model.join("{\"priority\":%d,\"key\":\"low%d\"}".formatted(-20 * (i % 5), i % 7));
    }
    List<RunKey> old = List.copyOf(model.waiting.keySet());
    long start = model.nowMillis;
    while (!model.taken.keySet().containsAll(old)) {
      model.nowMillis += 1_000;
      for (int i = 0; i < 3; i++) {
        model.join("{\"priority\":20,\"key\":\"new%d\"}".formatted(model.number));
      }
      model.end();
      model.look();
      long waited = model.nowMillis - start;
      long allowed = 100 * TaskQueue.POINT_MILLIS + 4_000L * (20 + 3 * 60);
      assertThat(waited).as("seed %d: after so many ms", seed).isLessThan(allowed * 3);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22})
  void the_same_input_gives_the_same_order(long seed) {
    Model first = new Model(seed);
    Model second = new Model(seed);
    for (int i = 0; i < STEPS; i++) {
      first.step();
      second.step();
    }
    assertThat(first.trace).isNotEmpty().isEqualTo(second.trace);
  }
}
