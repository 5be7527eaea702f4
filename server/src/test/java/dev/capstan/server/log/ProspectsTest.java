package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether replicas that have no leader may hope for one. */
class ProspectsTest {
  private static final List<String> NODES = List.of("n1", "n2", "n3");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;
  private MemoryReplicas replicas;

  @BeforeEach
  void start() {
    replicas = new MemoryReplicas(directory, NODES);
    NODES.forEach(replicas::start);
  }

  @AfterEach
  void stop() {
    replicas.close();
  }

  private static boolean mayBeLed(MemoryReplicas.Replica replica) {
    return replica.logs().mayBeLed("p0");
  }

  @Test
  void whoIsCutOffHasNoHopeUntilItIsBack() {
    MemoryReplicas.Replica leader = replicas.leader();
    replicas.network.cut(leader.node());

    await().atMost(PATIENCE).until(() -> !mayBeLed(leader));
    assertThat(mayBeLed(replicas.leaderBut(leader.node()))).isTrue();
    replicas.network.heal(leader.node());
    await().atMost(PATIENCE).until(() -> mayBeLed(leader));
  }

  @Test
  void whoElectsAnotherHasHopeAllTheTime() {
    MemoryReplicas.Replica leader = replicas.leader();
    List<MemoryReplicas.Replica> others =
        NODES.stream().filter(node -> !node.equals(leader.node())).map(replicas::get).toList();
    replicas.stop(leader.node());

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> {
          assertThat(others).allMatch(ProspectsTest::mayBeLed);
          return others.stream().anyMatch(MemoryReplicas.Replica::leads);
        });
  }

  @Test
  void whoIsLeftAloneHasNone() {
    MemoryReplicas.Replica leader = replicas.leader();
    NODES.stream().filter(node -> !node.equals(leader.node())).forEach(replicas::stop);

    await().atMost(PATIENCE).until(() -> !mayBeLed(leader));
  }
}
