package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.RetryPolicy;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import dev.capstan.server.gateway.Principal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that do nothing about it see nothing of a leader that is stopped in order. */
class OrderlyStopTest {
  private static final int CLIENTS = 8;
  private static final int MORE = 50;

  /** The usual pauses, and more of them: a machine that is busy takes its time. */
  private static final RetryPolicy RETRIES =
      new RetryPolicy(60, RetryPolicy.ofDefaults().base(), RetryPolicy.ofDefaults().longest());

  private static final WorkflowName QUICK = new WorkflowName("test", "quick", null);

  @TempDir Path directory;
  private final AtomicLong completed = new AtomicLong();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ends;
  private Trio trio;

  @BeforeEach
  void start() {
    trio = new Trio(directory);
    String quick =
        """
        document: {dsl: '1.0.3', namespace: test, name: quick, version: 1.0.0}
        do:
          - said: {set: {done: true}}
        """;
    trio.ask(gateway -> gateway.deploy(Principal.LOCAL, quick, "quick.yaml").join());
  }

  @AfterEach
  void stop() {
    ends = true;
    trio.close();
  }

  @Test
  void noClientSeesAnErrorWhenTheLeaderStopsInOrder() throws InterruptedException {
    List<String> doors =
        Stream.of("c1", "c2", "c3").map(name -> trio.door(name).toString()).toList();
    try (CapstanClient client = CapstanClient.builder().servers(doors).retries(RETRIES).build()) {
      for (int i = 0; i < CLIENTS; i++) {
        threads.add(Thread.ofVirtual().start(() -> load(client)));
      }
      awaitMore();

      trio.stop(trio.leader());
      awaitMore();

      ends = true;
      for (Thread thread : threads) {
        assertThat(thread.join(Trio.PATIENCE)).isTrue();
      }
      assertThat(errors).isEmpty();
    }
  }

  private void load(CapstanClient client) {
    while (!ends) {
      try {
        StartRequest start = StartRequest.of(QUICK);
        String id = CapstanClient.await(client.start(start)).id();
        String status = CapstanClient.await(client.end(id)).status();
        if (!status.equals("completed")) {
          errors.add(id + " is " + status);
        }
        completed.incrementAndGet();
      } catch (RuntimeException e) {
        errors.add(e.toString());
      }
    }
  }

  private void awaitMore() {
    long before = completed.get();
    Awaitility.await()
        .atMost(Trio.PATIENCE)
        .until(() -> completed.get() > before + MORE || !errors.isEmpty());
  }
}
