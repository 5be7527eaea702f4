package dev.capstan.server.log;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether replicas that have no leader may hope for one. */
class ProspectsTest {
  private static final List<String> NODES = List.of("n1", "n2", "n3");

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

    await().until(() -> !mayBeLed(leader));
    await().until(() -> mayBeLed(replicas.leaderBut(leader.node())));
    replicas.network.heal(leader.node());
    await().until(() -> mayBeLed(leader));
  }

  /**
   * What it hears of others comes from a network that is asked by hand, at moments made up here.
   */
  private static final class Hearing {
    private static final Duration TIMEOUT = Duration.ofMillis(300);
    private static final LogRole LED = new LogRole(LogRole.Kind.FOLLOWER, 4, "n2");
    private static final LogRole LEADERLESS = new LogRole(LogRole.Kind.CANDIDATE, 4, null);

    private final AtomicLong now = new AtomicLong();
    private final Contacts contacts = new Contacts(new MemoryPeers().answering("n1"), now::get);
    private final Prospects prospects = new Prospects(contacts, "n1", TIMEOUT, now::get);

    private void pass(Duration time) {
      now.addAndGet(time.toNanos());
    }

    private void hear(String node) throws IOException {
      byte[] _ = contacts.call(node, PeerNetwork.Call.TERM, new byte[0], TIMEOUT);
    }

    private boolean good(LogRole role) {
      return prospects.good(role, NODES);
    }
  }

  @Test
  void whoeverIsLedMayBeLed() {
    Hearing hearing = new Hearing();
    hearing.pass(Duration.ofHours(1));

    assertThat(hearing.good(Hearing.LED)).isTrue();
  }

  @Test
  void aLeaderThatWasLostJustNowIsWaitedFor() {
    Hearing hearing = new Hearing();
    assertThat(hearing.good(Hearing.LEADERLESS)).isTrue();
    hearing.pass(Hearing.TIMEOUT.multipliedBy(2).minusMillis(1));
    assertThat(hearing.good(Hearing.LEADERLESS)).isTrue();
    hearing.pass(Duration.ofMillis(1));

    assertThat(hearing.good(Hearing.LEADERLESS)).isFalse();
    assertThat(hearing.good(Hearing.LED)).isTrue();
    assertThat(hearing.good(Hearing.LEADERLESS)).as("the time begins anew").isTrue();
  }

  @Test
  void whoHearsAMajorityMayBeLedHoweverLongTheElectionTakes() throws IOException {
    Hearing hearing = new Hearing();
    for (int round = 0; round < 20; round++) {
      hearing.hear("n2");
      hearing.pass(Hearing.TIMEOUT.multipliedBy(2));
      assertThat(hearing.good(Hearing.LEADERLESS)).isTrue();
    }
    hearing.pass(Hearing.TIMEOUT);

    assertThat(hearing.good(Hearing.LEADERLESS)).isFalse();
    assertThat(hearing.prospects.good(Hearing.LEADERLESS, List.of("n1", "n2", "n3", "n4", "n5")))
        .isFalse();
  }

  @Test
  void whoIsLeftAloneHasNone() {
    MemoryReplicas.Replica leader = replicas.leader();
    NODES.stream().filter(node -> !node.equals(leader.node())).forEach(replicas::stop);

    await().until(() -> !mayBeLed(leader));
  }
}
