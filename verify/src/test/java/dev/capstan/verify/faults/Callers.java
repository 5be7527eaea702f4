package dev.capstan.verify.faults;

import static java.util.Comparator.reverseOrder;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.server.gateway.KeySpace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * Clients as users have them, with what they retry by default: each starts an execution, waits for
 * its end, and starts the next one. After each answer the same is asked of a coordinator by chance,
 * which must know it: what was acknowledged once is never unknown again, and what has ended never
 * runs again. Nobody waits for that answer, so that a coordinator which can give none is not felt
 * by those who have others to ask.
 */
final class Callers implements AutoCloseable {
  /** The task whose result says which attempt made it. */
  static final String SLOW = "slow";

  /**
   * Two attempts on workers and two changes of the state between them. The first takes 0.5 to 0.9
   * s, by the execution's number: callers that were held up together must not stay in step, since
   * then there are moments in which no worker has anything.
   */
  static final String DEFINITION =
      """
      document: {dsl: '1.0.3', namespace: faults, name: steps, version: '1.0.0'}
      do:
        - slow: {run: {shell: {command: 'sleep 0.$((5 + $(echo 1$CAPSTAN_EXECUTION | tr -dc 0-9) % 5)); echo slow-$CAPSTAN_ATTEMPT-'}}}
        - note: {set: {text: '${ . }'}}
        - quick: {call: 'capstan:noop', with: {output: quick}}
        - last: {set: {done: true}}
      """;

  static final WorkflowName WORKFLOW = new WorkflowName("faults", "steps", null);

  private static final int LOOKED_AT = 20;

  private final CapstanClient client;
  private final List<CapstanClient> each;
  private final List<Thread> threads = new ArrayList<>();
  private final ConcurrentSkipListMap<Integer, Long> acknowledged = new ConcurrentSkipListMap<>();
  private final Map<Integer, Boolean> ended = new ConcurrentSkipListMap<>();
  private final List<String> violations = new CopyOnWriteArrayList<>();

  /** A caller holds one permit from a start to its end; whoever has all of them is alone. */
  private final Semaphore idle;

  /** This one and all looks that are under way. */
  private final Phaser looking = new Phaser(1);

  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicLong last = new AtomicLong(System.nanoTime());
  private final AtomicLong longest = new AtomicLong();
  private final Map<Integer, Long> waiting = new ConcurrentHashMap<>();
  private final AtomicLong slowest = new AtomicLong();
  private final KeySpace keys;

  /** The highest number of an acknowledged start, of each partition. */
  private final AtomicIntegerArray latest;

  private volatile boolean stopped;

  Callers(ClusterView view, int count) {
    this.client = view.client();
    this.each = List.copyOf(view.each());
    this.keys = new KeySpace(view.partitions());
    this.latest = new AtomicIntegerArray(keys.partitions());
    this.idle = new Semaphore(count, true);
    for (int i = 0; i < count; i++) {
      threads.add(Thread.ofVirtual().start(this::call));
    }
  }

  static String id(int number) {
    return "f-%06d".formatted(number);
  }

  private void call() {
    while (!stopped) {
      idle.acquireUninterruptibly();
      try {
        callOnce();
      } catch (CancellationException e) {
        // Interrupted, since the test is over.
        stopped = true;
      } finally {
        idle.release();
      }
    }
  }

  private void callOnce() {
    int number = numbers.incrementAndGet();
    waiting.put(number, System.nanoTime());
    try {
      var _ =
          CapstanClient.await(
              client.start(
                  StartRequest.of(WORKFLOW)
                      .withId(id(number))
                      .withInput(JsonNodeFactory.instance.textNode(id(number)))));
      acknowledged.put(number, System.nanoTime());
      noteStart(number);
      latest.accumulateAndGet(keys.ownerOf(id(number)), number, Math::max);
      noteGap();
      look(number);
      Execution end = CapstanClient.await(client.end(id(number)));
      if (!end.status().equals("completed")) {
        violations.add(id(number) + " has ended as " + end.status() + ": " + end.error());
      }
      ended.put(number, true);
      look(number);
    } catch (CapstanException e) {
      violations.add("a client saw: " + e.getMessage());
    }
  }

  private void noteStart(int number) {
    Long begun = waiting.remove(number);
    if (begun != null) {
      slowest.accumulateAndGet(System.nanoTime() - begun, Math::max);
    }
  }

  private void noteGap() {
    long now = System.nanoTime();
    longest.accumulateAndGet(now - last.getAndSet(now), Math::max);
  }

  private void look(int number) {
    CapstanClient one = each.get(ThreadLocalRandom.current().nextInt(each.size()));
    boolean mustHaveEnded = ended.containsKey(number);
    looking.register();
    Thread _ =
        Thread.ofVirtual()
            .start(() -> {
              try {
                look(number, one, mustHaveEnded);
              } catch (CancellationException e) {
                // The test is over.
              } finally {
                looking.arriveAndDeregister();
              }
            });
  }

  private void look(int number, CapstanClient one, boolean mustHaveEnded) {
    try {
      Execution seen = CapstanClient.await(one.execution(id(number)));
      looks.incrementAndGet();
      if (mustHaveEnded && !seen.hasEnded()) {
        violations.add(id(number) + " had ended, and is " + seen.status() + " at " + one.server());
      }
    } catch (CapstanException.NotFound e) {
      violations.add(id(number) + " was acknowledged, and is unknown at " + one.server());
    } catch (CapstanException.Unavailable e) {
      // That coordinator is gone, or cut off, and says so.
    } catch (CapstanException e) {
      violations.add("looking for " + id(number) + " at " + one.server() + ": " + e);
    }
  }

  /**
   * Asks each coordinator for the latest that have ended, while nobody asks for anything else:
   * nothing but the question itself tells one that leads no more that it does not.
   *
   * @return how many answers there were
   */
  int lookAtAllWhileIdle(Runnable before) throws InterruptedException {
    idle.acquire(threads.size());
    try {
      List<Integer> those =
          ended.keySet().stream().sorted(reverseOrder()).limit(LOOKED_AT).toList();
      before.run();
      int had = looks();
      each.forEach(one -> those.forEach(number -> look(number, one, true)));
      return looks() - had;
    } finally {
      idle.release(threads.size());
      noteGap();
      double _ = longestGapMillis();
    }
  }

  /** Into how many partitions the state of their cluster is divided. */
  int partitions() {
    return keys.partitions();
  }

  /** What must never be. */
  List<String> violations() {
    return violations;
  }

  /** How many starts were acknowledged. */
  int acknowledged() {
    return acknowledged.size();
  }

  /** Fails unless most of what was acknowledged was looked up elsewhere too. */
  void requireLooks() {
    if (looks() < acknowledged()) {
      throw new AssertionError(
          "only " + looks() + " answers on " + acknowledged() + " starts, each asked for twice");
    }
  }

  /** The ids of what was acknowledged. */
  List<String> ids() {
    return acknowledged.keySet().stream().map(Callers::id).toList();
  }

  /** How many times a coordinator by chance was asked and answered. */
  int looks() {
    return looks.get();
  }

  /** The last start that was acknowledged, of each partition. */
  List<String> latest() {
    return IntStream.range(0, latest.length()).map(latest::get).mapToObj(Callers::id).toList();
  }

  /**
   * Waits until each caller may have got an answer to something that it sends from now on, and each
   * partition has given one.
   */
  void awaitMore() {
    int before = acknowledged();
    int sent = numbers.get();
    Awaitility.await("acknowledgements after the first " + before)
        .atMost(ClusterView.PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() ->
            (acknowledged() > before + 2 * threads.size() && allHaveAnswered(sent))
                || !violations.isEmpty());
  }

  private boolean allHaveAnswered(int sent) {
    return IntStream.range(0, latest.length()).allMatch(partition -> latest.get(partition) > sent);
  }

  /** The longest time without an acknowledgement since this was asked last, in milliseconds. */
  double longestGapMillis() {
    return longest.getAndSet(0) / 1e6;
  }

  /**
   * The longest time that a start has taken since this was asked last, or has waited until now, in
   * milliseconds. One partition that stands still is felt by those who start something there,
   * though others get answers.
   */
  double slowestStartMillis() {
    long now = System.nanoTime();
    long longestWait = waiting.values().stream().mapToLong(begun -> now - begun).max().orElse(0);
    return Math.max(slowest.getAndSet(0), longestWait) / 1e6;
  }

  /** Begins nothing more; returns when all that was begun has ended. Once. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    int _ = looking.arriveAndAwaitAdvance();
  }

  @Override
  public void close() {
    stopped = true;
    threads.forEach(Thread::interrupt);
  }
}
