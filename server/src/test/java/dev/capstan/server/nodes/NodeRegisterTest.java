package dev.capstan.server.nodes;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.node.config.Limits;
import dev.capstan.server.ManualClock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.partition.RecordingPartition;
import dev.capstan.server.store.MemoryStore;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows of nodes: which join and which departure counts. */
class NodeRegisterTest {
  private static final int REMEMBERED = 2;
  private static final int MOST = Limits.DEFAULT.labels();

  private final RecordingPartition partition =
      new RecordingPartition(new MemoryStore(), new ManualClock(0));
  private final NodeRegister register = new NodeRegister(REMEMBERED, Admittance.OPEN, null);

  @BeforeEach
  void begin() {
    long _ = register.begin(List.of());
  }

  private <T> T decide(Function<TransactionView, T> transaction) {
    try {
      return partition.transact(transaction::apply).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof Refusal refusal ? refusal : e;
    }
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

  /** A node whose configuration gave it labels after an operator had given it others. */
  private void joinWithMoreLabelsThanMayBeSet() {
    NodeRegister.Joined _ = join("a", 0);
    Map<String, String> some = labels("set", 2);
    assertThat(label(some, List.of()).orders().labels().set()).isEqualTo(some);
    NodeProfile full =
        new NodeProfile(
            "a", "a", 1, List.of("run:shell"), labels("own", MOST), Map.of(), 1, 1, 1, "test");
    NodeRegister.Joined _ = decide(view -> register.join(view, full, 1));
  }

  private static Map<String, String> labels(String name, int count) {
    return IntStream.range(0, count).boxed().collect(toMap(i -> name + i, i -> "v"));
  }

  private NodeRows.Row label(Map<String, String> set, Collection<String> removed) {
    return decide(view -> register.label(view, "a", set, removed, Limits.DEFAULT, "me"));
  }

  private static void refused(ThrowingCallable change, String... words) {
    assertThatThrownBy(change)
        .satisfies(e -> assertThat(((Refusal) e).code()).isEqualTo(Refusal.Code.INVALID_REQUEST))
        .hasMessageContainingAll(words);
  }

  @Test
  void aNodeWithTooManyLabelsCanLoseSome() {
    joinWithMoreLabelsThanMayBeSet();

    NodeRows.Row row = label(Map.of(), List.of("own0"));
    assertThat(row.orders().labels().on(row.profile().labels()))
        .hasSize(MOST + 1)
        .doesNotContainKey("own0");
    assertThat(label(Map.of("set0", "w"), List.of()).orders().labels().set())
        .as("that is no more than it had")
        .containsEntry("set0", "w");
    refused(() -> label(Map.of("more", "v"), List.of()), "at most 32 labels", "34");
    assertThat(partition.audits.stream().filter("node.label a"::equals)).hasSize(3);
  }

  @Test
  void namesOfLabelsThatAreTakenAwayAreCheckedLikeThoseThatAreGiven() {
    NodeRegister.Joined _ = join("a", 0);

    refused(() -> label(Map.of(), List.of("no good")), "a label's name must be letters, digits");
    refused(() -> label(Map.of(), List.of("x".repeat(257))), "at most 256 characters");
    refused(() -> label(Map.of("fine", "v"), List.of("")), "a label's name must be");
    assertThat(partition.audits).doesNotContain("node.label a");
  }

  @Test
  void whatIsTakenAwayIsBoundedAndWhatComesBackCountsNoMore() {
    NodeRegister.Joined _ = join("a", 0);
    NodeRows.Row _ = label(Map.of(), labels("away", MOST).keySet());

    refused(() -> label(Map.of(), List.of("more")), "at most 32", "taken away", "33");
    assertThat(label(Map.of(), List.of("away3")).orders().labels().removed()).hasSize(MOST);
    NodeRows.Row _ = label(Map.of("away3", "back"), List.of());
    assertThat(label(Map.of(), List.of("more")).orders().labels().removed())
        .contains("more")
        .doesNotContain("away3");
  }
}
