package dev.capstan.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.ManualClock;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.partition.RecordingPartition;
import dev.capstan.server.store.MemoryStore;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows of nodes: which join and which departure counts. */
class NodeRegisterTest {
  private static final int REMEMBERED = 2;

  private final RecordingPartition partition =
      new RecordingPartition(new MemoryStore(), new ManualClock(0));
  private final NodeRegister register = new NodeRegister(REMEMBERED, Admittance.OPEN, null);

  @BeforeEach
  void begin() {
    long _ = register.begin(List.of());
  }

  private <T> T decide(Function<TransactionView, T> transaction) {
    return partition.transact(transaction::apply).resultNow();
  }

  private NodeRegister.Joined join(String id, long held) {
    NodeProfile profile =
        new NodeProfile(id, id, 1, List.of("run:shell"), Map.of(), Map.of(), 1, 1, 1, "test");
    return decide(view -> register.join(view, profile, held));
  }

  private long depart(String id, long epoch, long incarnation) {
    return decide(
        view -> register.depart(view, id, epoch, incarnation, NodeStatus.LOST, "a test says so"));
  }

  private List<String> stored() {
    return NodeRows.readAll(partition.store()).stream()
        .map(row -> row.profile().id() + " " + row.status().word())
        .toList();
  }

  @Test
  void onlyTheLastJoinOfANodeCanSayWhatItIs() {
    NodeRegister.Joined first = join("a", 0);
    NodeRegister.Joined again = join("a", first.row().epoch());
    NodeProfile other =
        new NodeProfile("a", "a", 9, List.of("run:shell"), Map.of(), Map.of(), 1, 1, 1, "test");
    boolean byTheFirst = decide(view -> register.change(view, other, 1, first.incarnation()));
    boolean byTheLast = decide(view -> register.change(view, other, 1, again.incarnation()));
    assertThat(byTheFirst).isFalse();
    assertThat(byTheLast).isTrue();
  }

  @Test
  void onlyTheLastJoinOfANodeCanDepart() {
    NodeRegister.Joined first = join("a", 0);
    NodeRegister.Joined again = join("a", first.row().epoch());
    assertThat(again.resumed()).isTrue();

    assertThat(depart("a", 1, first.incarnation())).isZero();
    assertThat(stored()).containsExactly("a active");
    assertThat(depart("a", 1, again.incarnation())).isEqualTo(1);
    assertThat(stored()).containsExactly("a lost");
  }

  @Test
  void aNodeOfTheFormerLeaderDepartsOnlyIfItHasNotComeBack() {
    NodeRegister.Joined former = join("a", 0);
    long stored = register.begin(NodeRows.readAll(partition.store()));
    assertThat(depart("a", 1, former.incarnation())).isZero();
    NodeRegister.Joined back = join("a", 1);

    assertThat(back.resumed()).isTrue();
    assertThat(depart("a", 1, stored)).isZero();
    stored = register.begin(NodeRows.readAll(partition.store()));
    assertThat(depart("a", 1, stored)).isEqualTo(1);
  }

  @Test
  void aNodeDepartsOnce() {
    NodeRegister.Joined joined = join("a", 0);

    assertThat(depart("a", 1, joined.incarnation())).isEqualTo(1);
    assertThat(depart("a", 1, joined.incarnation())).isZero();
    assertThat(partition.audits).containsExactly("node.join a", "node.lost a");
  }

  @Test
  void theRowOfANodeThatCameBackIsNotForgotten() {
    NodeRegister.Joined joined = join("a", 0);
    depart("a", 1, joined.incarnation());
    depart("a", 1, joined.incarnation());
    join("a", 1);

    for (String id : List.of("b", "c", "d")) {
      NodeRegister.Joined other = join(id, 0);
      depart(id, other.row().epoch(), other.incarnation());
    }

    assertThat(stored()).containsExactly("a active", "c lost", "d lost");
  }

  @Test
  void whatANodeHadUnderAnEpochThatHasEndedDoesNotEndAgain() {
    NodeRegister.Joined first = join("a", 0);
    assertThat(join("a", 0).endedEpoch()).isEqualTo(first.row().epoch());
    depart("a", 2, 3);

    assertThat(join("a", 2).endedEpoch()).isZero();
  }
}
