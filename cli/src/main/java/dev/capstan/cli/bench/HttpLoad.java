package dev.capstan.cli.bench;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Clients that each start an execution over HTTP, wait for its end, and start the next, with the
 * retries that clients have by themselves: in one call that is answered at the end, or in two, of
 * which the first is answered when the start is durable.
 */
final class HttpLoad implements AutoCloseable {
  static final int CLIENTS = 64;
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final CapstanClient client;
  private final Ledger ledger;
  private final List<Thread> threads = new ArrayList<>();
  private final Pulse acknowledged = new Pulse();
  private final Pulse completed = new Pulse();
  private final AtomicLong errors = new AtomicLong();
  private final AtomicReference<String> firstError = new AtomicReference<>("");
  private final boolean inOneCall;
  private volatile boolean stopped;

  private HttpLoad(CapstanClient client, Ledger ledger, boolean inOneCall) {
    this.client = client;
    this.ledger = ledger;
    this.inOneCall = inOneCall;
    for (int i = 0; i < CLIENTS; i++) {
      threads.add(Thread.ofVirtual().start(this::load));
    }
  }

  /** Begins; each execution takes one call. */
  static HttpLoad inOneCall(CapstanClient client, Ledger ledger) {
    return new HttpLoad(client, ledger, true);
  }

  /** Begins; each execution takes two calls. */
  static HttpLoad inTwoCalls(CapstanClient client, Ledger ledger) {
    return new HttpLoad(client, ledger, false);
  }

  private void load() {
    WorkflowName workflow = new WorkflowName("bench", Workload.W1.definitionName(), null);
    while (!stopped) {
      try {
        Execution ended = run(StartRequest.of(workflow));
        completed.beat();
        if (!ended.status().equals("completed")) {
          failed(ended.id() + " is " + ended.status());
        }
      } catch (RuntimeException e) {
        failed(String.valueOf(e.getMessage()));
      }
    }
  }

  private Execution run(StartRequest request) {
    Execution started =
        CapstanClient.await(inOneCall ? client.start(request, LONGEST) : client.start(request));
    acknowledged.beat();
    ledger.acknowledged(started.id());
    return inOneCall ? started : CapstanClient.await(client.end(started.id()));
  }

  private void failed(String reason) {
    errors.incrementAndGet();
    firstError.compareAndSet("", "the first: " + reason);
  }

  /** When starts were acknowledged. */
  Pulse acknowledged() {
    return acknowledged;
  }

  /** When executions were seen to have ended. */
  Pulse completed() {
    return completed;
  }

  long errors() {
    return errors.get();
  }

  /** The first one, for people; empty if there was none. */
  String firstError() {
    return firstError.get();
  }

  /** How fast it goes while nothing goes wrong. */
  Measure speed(BenchOptions how) throws InterruptedException {
    Thread.sleep(how.warmUp());
    List<Double> perSecond = new ArrayList<>();
    for (int i = 0; i < how.windows(); i++) {
      long begun = System.nanoTime();
      Thread.sleep(how.window());
      long ended = System.nanoTime();
      perSecond.add(
          completed.count(begun, ended) * (double) TimeUnit.SECONDS.toNanos(1) / (ended - begun));
    }
    return Measure.of(
            "W1 over HTTP, " + CLIENTS + " in flight: executions a second",
            "/s",
            perSecond,
            errors() == 0 ? "one call starts it and is answered at its end" : firstError())
        .withErrors(errors());
  }

  /** Returns when the last of them has ended. */
  void stop() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Override
  public void close() {
    stopped = true;
  }
}
