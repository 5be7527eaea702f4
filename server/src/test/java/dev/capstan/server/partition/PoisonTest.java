package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Command;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Started;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Faults of the engine itself: each stops one execution at most. */
class PoisonTest {
  private static final String AFTER_TASK =
      """
      document: { dsl: '1.0.3', namespace: test, name: poisoned, version: '1.0.0' }
      use: { secrets: [ poison ] }
      do:
        - work:
            call: http
            with: { method: get, endpoint: 'http://example.com/', output: content }
        - trip:
            if: ${ . != "the way out" and (.title? // "" | length) == 0 }
            set: { x: '${ $secrets.poison }' }
      """;
  private static final String AFTER_WAIT =
      """
      document: { dsl: '1.0.3', namespace: test, name: poisoned, version: '1.0.0' }
      use: { secrets: [ poison ] }
      do:
        - pause:
            wait: { seconds: 1 }
        - trip:
            set: { x: '${ $secrets.poison }' }
      """;
  private static final String AT_ONCE =
      """
      document: { dsl: '1.0.3', namespace: test, name: poisoned, version: '1.0.0' }
      use: { secrets: [ poison ] }
      do:
        - trip:
            set: { x: '${ $secrets.poison }' }
      """;
  private static final String LARGE =
      """
      document: { dsl: '1.0.3', namespace: test, name: large, version: '1.0.0' }
      do:
        - grow:
            set: { x: '${ [range(600000)] }' }
      """;

  private final Yard yard = new Yard();

  @AfterEach
  void thePartitionGoesOn() {
    assertThat(yard.failures).isEmpty();
    assertThat(yard.start("after", Yard.ONE_SET).status()).isEqualTo(Status.COMPLETED);
  }

  @Test
  void aStartThatCanNotBeDecidedIsRefusedAndLeavesNothing() {
    CompletableFuture<Started> neighbour = yard.starting("n", Yard.ONE_SET);
    CompletableFuture<Started> poisoned = yard.starting("a", AT_ONCE);
    yard.run();

    assertThat(Yard.refusal(poisoned).code()).isEqualTo(Refusal.Code.INTERNAL);
    assertThat(neighbour).isCompleted();
    assertThat(yard.reader.summary("a")).isNull();
    assertThat(yard.partition.status().poisoned()).isEqualTo(1);
    assertThat(yard.reader.audit(Long.MAX_VALUE, 10))
        .anyMatch(entry -> entry.result().equals("failed"));
  }

  @Test
  void aReportThatCanNotBeTakenFaultsItsTask() {
    yard.start("a", AFTER_TASK);
    yard.report(yard.nodes.last(), "\"boom\"");

    assertThat(yard.summary("a").status()).isEqualTo(Status.FAULTED);
    assertThat(yard.error("a").detail()).contains("a fault of the engine");
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aTimerThatCanNotFireIsTriedLessAndLessOftenAndTheExecutionIsAsItWas() {
    yard.start("a", AFTER_WAIT);
    yard.pass(Duration.ofSeconds(1));
    assertThat(yard.partition.status().poisoned()).isEqualTo(1);
    assertThat(yard.summary("a").status()).isEqualTo(Status.WAITING);

    yard.pass(Duration.ofMillis(500));
    assertThat(yard.partition.status().poisoned()).isEqualTo(1);
    yard.pass(Duration.ofMillis(600));
    assertThat(yard.partition.status().poisoned()).isEqualTo(2);
    yard.pass(Duration.ofMillis(1_100));
    assertThat(yard.partition.status().poisoned()).isEqualTo(2);
    assertThat(yard.violations()).isEmpty();

    yard.order("a", new Command.Cancel("tester", "it can't go on"));
    assertThat(yard.summary("a").status()).isEqualTo(Status.CANCELLED);
  }

  @Test
  void aStateThatAFailedDecisionDamagedIsMadeAgainFromWhatIsInFlightToo() {
    yard.start("a", AFTER_WAIT);
    yard.log.hold();
    CompletableFuture<?> suspended = yard.command("a", new Command.Suspend("tester", null));
    CompletableFuture<?> resumed = yard.command("a", new Command.Resume("tester"));
    yard.pass(Duration.ofSeconds(1));
    assertThat(yard.partition.status().poisoned()).isEqualTo(1);
    CompletableFuture<?> again = yard.command("a", new Command.Suspend("tester", null));
    yard.log.flow();
    yard.run();

    assertThat(suspended).isCompleted();
    assertThat(resumed).isCompleted();
    assertThat(again).isCompleted();
    assertThat(yard.summary("a").status()).isEqualTo(Status.SUSPENDED);
    assertThat(yard.violations()).isEmpty();
    yard.restart();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aDecisionThatWouldWriteTooMuchIsRefused() {
    CompletableFuture<Started> large = yard.starting("a", LARGE);
    yard.run();

    assertThat(Yard.refusal(large).code()).isEqualTo(Refusal.Code.INTERNAL);
    assertThat(Yard.refusal(large)).hasMessageContaining("allowed");
  }

  @Test
  void anExecutionWhoseHistoryIsDamagedIsRefusedAlone() {
    yard.start("a", Yard.ONE_WAIT);
    yard.store.apply(
        yard.store.appliedIndex() + 1,
        new Batch(
            yard.store.sequence() + 1,
            0,
            List.of(
                new Change.Put(
                    Table.EVENTS, Keys.events(Keys.execution("a"), 0), new byte[] {1, 2, 3}))));
    yard.restart();
    CompletableFuture<?> refused = yard.command("a", new Command.Cancel("tester", null));

    assertThat(Yard.refusal(refused).code()).isEqualTo(Refusal.Code.INTERNAL);
  }

  @Test
  void whatListenersThrowIsCountedAndStopsNothing() {
    yard.router =
        (message, sender) -> {
          throw new IllegalStateException("no route");
        };
    yard.start(
        "s",
        """
        document: { dsl: '1.0.3', namespace: test, name: speaker, version: '1.0.0' }
        do:
          - say:
              emit:
                event:
                  with: { source: 'http://example.com/', type: com.example.paid }
        """);

    assertThat(yard.partition.status().callbackFailures()).isEqualTo(1);
  }
}
