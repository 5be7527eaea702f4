package dev.capstan.verify.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.NodeView;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A regular stop: nothing that was acknowledged is lost, and there is nothing to warn of. */
@Timeout(300)
class QuietStopTest {
  private static final Duration AT_MOST = Duration.ofSeconds(15);
  private static final int STARTERS = 8;
  private static final int WARM_UP = 200;
  private static final Logger ROOT = Logger.getLogger("");

  /** What a coordinator warns of whose machine has more to do than it can. */
  private static final String LATE = "What workers say was handled ";

  private static final String DEFINITION =
      """
      document: {dsl: '1.0.0', namespace: test, name: busy, version: '1.0.0'}
      do:
        - say: {run: {shell: {command: echo hi}}}
        - put: {set: {a: 1}}
      """;

  @TempDir Path directory;

  private final Queue<String> warnings = new ConcurrentLinkedQueue<>();
  private final Handler ears =
      new Handler() {
        @Override
        public void publish(LogRecord told) {
          boolean ours = String.valueOf(told.getLoggerName()).startsWith("dev.capstan.server");
          boolean warns = told.getLevel().intValue() >= Level.WARNING.intValue();
          // That the machine is busy is no matter of stopping.
          boolean late = String.valueOf(told.getMessage()).startsWith(LATE);
          if (ours && warns && !late) {
            warnings.add(told.getLoggerName() + ": " + told.getMessage());
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    ROOT.addHandler(ears);
  }

  @AfterEach
  void listenNoMore() {
    ROOT.removeHandler(ears);
  }

  private Coordinator coordinator() {
    return Coordinator.start(
        CoordinatorConfig.local(directory.resolve("data")).withPorts(0, 0), Map.of());
  }

  private Worker worker(ManagedChannel channel) {
    return Worker.connect(
        channel,
        WorkerOptions.builder("w1")
            .slots(4)
            .workingDirectory(directory.resolve("work"))
            .leaveGrace(Duration.ZERO)
            .build());
  }

  @Test
  void aStopUnderLoadIsQuietAndInTimeAndLosesNothing() throws InterruptedException {
    Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    Coordinator coordinator = coordinator();
    ManagedChannel channel = InProcessChannelBuilder.forName(coordinator.inProcessName()).build();
    try (Worker worker = worker(channel)) {
      assertThat(worker).isNotNull();
      Machine.get(coordinator.gateway().deploy(Principal.LOCAL, DEFINITION, "busy.yaml"));
      AtomicBoolean stop = new AtomicBoolean();
      CountDownLatch busy = new CountDownLatch(WARM_UP);
      List<Thread> starters =
          IntStream.range(0, STARTERS)
              .mapToObj(i ->
                  Thread.ofVirtual()
                      .start(() ->
                          start(coordinator.gateway(), "s" + i + "-", stop, busy, acknowledged)))
              .toList();
      busy.await();

      long begun = System.nanoTime();
      coordinator.close();
      Duration took = Duration.ofNanos(System.nanoTime() - begun);

      stop.set(true);
      for (Thread starter : starters) {
        starter.join();
      }
      assertThat(took).isLessThan(AT_MOST);
    } finally {
      channel.shutdownNow();
    }
    assertThat(warnings).isEmpty();

    try (Coordinator again = coordinator()) {
      // A machine that was busy meanwhile has given it up already, which the audit tells below.
      assertThat(again.gateway().nodes(Principal.LOCAL))
          .extracting(NodeView::status)
          .singleElement()
          .isIn("suspect", "lost");
      for (String id : acknowledged) {
        assertThat(again.gateway().execution(Principal.LOCAL, id).id()).isEqualTo(id);
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() ->
              assertThat(again.gateway().audit(Principal.LOCAL, 1_000, null).items())
                  .filteredOn(entry -> entry.operation().equals("node.lost"))
                  .singleElement()
                  .satisfies(entry ->
                      assertThat(entry.detail())
                          .isEqualTo("it did not come back after the leadership changed")));
      // What was on the node goes back to the queue meanwhile; the check wants the engine at rest.
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(Machine.get(again.check())).isEmpty());
    }
    assertThat(warnings).isEmpty();
  }

  /** Starts one after the other until the engine takes no more. */
  private static void start(
      Gateway gateway,
      String prefix,
      AtomicBoolean stop,
      CountDownLatch busy,
      Queue<String> acknowledged) {
    for (int i = 0; !stop.get(); i++) {
      StartRequest request =
          new StartRequest(
              null, "test", "busy", null, Machine.json("{}"), prefix + i, null, Map.of());
      try {
        acknowledged.add(Machine.get(gateway.start(Principal.LOCAL, request)).id());
        busy.countDown();
      } catch (RuntimeException stopped) {
        return;
      }
    }
  }

  @Test
  void aWorkerThatLeavesJustBeforeIsRecordedQuietly() {
    for (int round = 0; round < 3; round++) {
      Machine machine = Machine.start(directory);
      Machine.get(machine.gateway().deploy(Principal.LOCAL, DEFINITION, "busy.yaml"));
      machine.close();
    }
    assertThat(warnings).isEmpty();
  }
}
