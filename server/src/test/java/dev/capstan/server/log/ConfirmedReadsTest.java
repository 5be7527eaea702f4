package dev.capstan.server.log;

import static dev.capstan.server.Patience.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.log.MemoryReplicas.Replica;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A barrier asks a majority each time, whatever was confirmed before. */
class ConfirmedReadsTest {
  private static final List<String> MEMBERS = List.of("n0", "n1", "n2");

  @TempDir Path directory;
  private MemoryReplicas replicas;

  @BeforeEach
  void startAll() {
    replicas = new MemoryReplicas(directory, MEMBERS);
    MEMBERS.forEach(replicas::start);
  }

  @AfterEach
  void stopAll() {
    replicas.close();
  }

  @Test
  void anIdleLeaderThatWasCutOffDoesNotAnswerWhenAnotherOneLeads() {
    replicas.commitBut("", "one");
    Replica former = replicas.confirm().leader();
    replicas.network.cut(former.node());

    replicas.commitBut(former.node(), "two");

    // Whether it has noticed by itself by now depends on the machine; it must not answer either
    // way.
    assertThat(former.log().barrier()).failsWithin(PATIENCE);
    assertThat(former.consumer().texts()).containsExactly("one");
  }

  /** As one does whose process stood still: what it asks is answered by those that know better. */
  @Test
  void aLeaderOfYesterdayThatReachesTheOthersAgainHearsOfIt() {
    replicas.commitBut("", "one");
    Replica former = replicas.confirm().leader();
    replicas.network.cut(former.node());
    long acknowledged = replicas.commitBut(former.node(), "two");

    replicas.network.heal(former.node());

    assertThat(former.log().barrier().handle((index, _) -> index == null ? acknowledged : index))
        .succeedsWithin(PATIENCE)
        .satisfies(index -> assertThat(index).isGreaterThanOrEqualTo(acknowledged));
    replicas.awaitTexts("one", "two");
  }

  @Test
  void aLeaderWithoutAMajorityDoesNotAnswerAlthoughNobodyElseLeads() {
    replicas.commitBut("", "one");
    Replica leader = replicas.leader();
    MEMBERS.stream().filter(node -> !node.equals(leader.node())).forEach(replicas::stop);

    assertThat(leader.log().barrier()).failsWithin(PATIENCE);
  }

  @Test
  void oneFollowerIsEnough() {
    long index = replicas.commitBut("", "one");
    Replica leader = replicas.leader();
    replicas.stop(
        MEMBERS.stream().filter(node -> !node.equals(leader.node())).findFirst().orElseThrow());

    assertThat(replicas.confirm().index()).isGreaterThanOrEqualTo(index);
  }
}
