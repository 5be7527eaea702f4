package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ConsensusView;
import dev.capstan.server.gateway.Views.ReplicaView;
import dev.capstan.server.gateway.Views.StateSyncView;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether replicas have the same state, asked of real ones on real disks. */
class AgreementTest {
  private static final String PUT =
      """
      document: {dsl: '1.0.3', namespace: test, name: put, version: '1.0.0'}
      do:
        - put: {set: {a: 1}}
      """;

  @TempDir Path directory;
  private Trio trio;

  @BeforeEach
  void start() {
    trio = new Trio(directory);
  }

  @AfterEach
  void stop() {
    trio.close();
  }

  private StateSyncView sync(String id) {
    return trio.ask(gateway -> gateway.synchronizeState(Principal.LOCAL, id).join());
  }

  /** One answer waits for some seconds, which a replica on a full machine may need. */
  private StateSyncView inSync(String id) {
    return await().atMost(Trio.PATIENCE).until(() -> sync(id), StateSyncView::inSync);
  }

  @Test
  void everyReplicaHasWhatWasAcknowledged() {
    trio.start(PUT, "e1");

    StateSyncView sync = inSync("e1");

    assertThat(sync.inSync()).as(sync.toString()).isTrue();
    assertThat(sync.digest()).matches("[0-9a-f]{16}");
    assertThat(sync.index()).isPositive();
    assertThat(sync.replicas())
        .extracting(ReplicaView::coordinator)
        .containsExactlyInAnyOrder("c1", "c2", "c3");
    assertThat(sync.replicas())
        .allSatisfy(replica -> {
          assertThat(replica.digest()).isEqualTo(sync.digest());
          assertThat(replica.lag()).isZero();
        });
  }

  @Test
  void aReplicaThatIsGoneIsToldAsNotInSync() {
    trio.start(PUT, "e1");
    String gone = trio.followers().getFirst();
    trio.stop(gone);

    StateSyncView sync =
        await()
            .atMost(Trio.PATIENCE)
            .until(
                () -> sync("e1"),
                view -> view.replicas().stream().filter(ReplicaView::agrees).count() == 2);

    assertThat(sync.inSync()).isFalse();
    assertThat(sync.digest()).isNotNull();
    assertThat(sync.replicas())
        .filteredOn(replica -> !replica.agrees())
        .singleElement()
        .satisfies(replica -> {
          assertThat(replica.coordinator()).isEqualTo(gone);
          assertThat(replica.answers()).isFalse();
        });
  }

  @Test
  void aMajorityConfirmsTheLeader() {
    trio.start(PUT, "e1");

    ConsensusView consensus =
        await()
            .atMost(Trio.PATIENCE)
            .until(
                () ->
                    trio.ask(gateway -> gateway.coordinateConsensus(Principal.LOCAL, "e1").join()),
                view -> view.confirmed() && view.answering().size() == 3);

    assertThat(consensus.confirmed()).isTrue();
    assertThat(consensus.leader()).isEqualTo(trio.leader());
    assertThat(consensus.needed()).isEqualTo(2);
    assertThat(consensus.answering()).containsExactlyInAnyOrder("c1", "c2", "c3");
    assertThat(consensus.term()).isPositive();
    assertThat(consensus.roundMicros()).isPositive();
  }

  @Test
  void aReplicaWithAnotherStateStopsAndTheOthersGoOn() throws Exception {
    trio.start(PUT, "e1");
    String victim = trio.followers().getFirst();
    StateSyncView _ = inSync("e1");
    trio.stop(victim);
    AlteredState.loseAnEvent(directory.resolve(victim));

    trio.start(victim);
    trio.start(PUT, "e2");
    CompletableFuture<Throwable> failure = trio.coordinator(victim).failure();

    assertThat(failure.get(Trio.PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .hasMessageContaining("STATE_DIFFERS")
        .hasMessageContaining("join again");
    trio.stop(victim);
    trio.start(PUT, "e3");
    await()
        .atMost(Trio.PATIENCE)
        .untilAsserted(() -> assertThat(sync("e3").digest()).as("the others agree").isNotNull());
    await()
        .atMost(Trio.PATIENCE)
        .untilAsserted(() -> assertThat(trio.ended("e3").status().hasEnded()).isTrue());
  }
}
