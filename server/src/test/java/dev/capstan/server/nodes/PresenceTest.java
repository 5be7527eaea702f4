package dev.capstan.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.server.ManualClock;
import dev.capstan.server.gateway.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is here, who is about to be, and who is not any more. */
class PresenceTest {
  private static final long INCARNATION = 1;

  private final NodesFixture nodes = NodesFixture.inProcess();
  private final ManualClock clock = new ManualClock(0);
  private final NodeSettings settings = NodesFixture.settings();
  private final Presence presence = new Presence(settings, clock);
  private Session session;

  @BeforeEach
  void aLeadershipBegins() {
    WorkerStub.connect(nodes.channel).join(WorkerStub.hello("a", 1));
    session = Objects.requireNonNull(nodes.directory.live("a")).session;
    presence.begin(1, List.of(), INCARNATION);
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  @Test
  void thereIsRoomForSoManyNodesAndAlwaysForThoseThatAreKnown() {
    presence.begin(2, List.of(row("awaited", 1)), INCARNATION);
    for (int i = 1; i < settings.limits().nodes(); i++) {
      install("n" + i, 1);
    }
    assertThatThrownBy(() -> presence.joins(profile("another")))
        .isInstanceOfSatisfying(
            Refusal.class, full -> assertThat(full.code()).isEqualTo(Refusal.Code.BUSY));
    assertThat(presence.isCurrent(presence.joins(profile("awaited")))).isTrue();
    assertThat(presence.isCurrent(presence.joins(profile("n1")))).isTrue();
  }

  @Test
  void aJoinOfAnEarlierLeadershipIsVoid() {
    Presence.Joining join = presence.joins(profile("b"));
    presence.begin(2, List.of(), INCARNATION);

    assertThat(presence.isCurrent(join)).isFalse();
    assertThatThrownBy(() -> presence.install(join, node("b", 1, INCARNATION), Set.of()))
        .isInstanceOfSatisfying(
            Refusal.class, late -> assertThat(late.code()).isEqualTo(Refusal.Code.NOT_READY));
    assertThat(presence.all()).isEmpty();
  }

  @Test
  void aNodeTakesThePlaceOfItsEarlierSessionAndNeverOfALaterOne() {
    LiveNode first = install("b", 1);
    LiveNode second = node("b", 2, INCARNATION + 1);
    assertThat(presence.install(presence.joins(profile("b")), second, Set.of())).isSameAs(first);
    assertThat(presence.find("b", 1)).isNull();
    assertThat(presence.find("b", 2)).isSameAs(second);

    Presence.Joining late = presence.joins(profile("b"));
    assertThatThrownBy(() -> presence.install(late, node("b", 3, INCARNATION), Set.of()))
        .hasMessageContaining("a later session of this node has begun");
    assertThat(presence.all()).containsExactly(second);
  }

  @Test
  void aNodeThatJoinsAgainIsClosedUntilThatIsDecided() {
    LiveNode node = install("b", 1);
    node.suspect = false;
    Presence.Joining join = presence.joins(profile("b"));
    assertThat(node.closed()).isNotNull();
    presence.joined(join);
    assertThat(node.closed()).isNull();
  }

  /** Its join was decided before that, and is durable after it: it may take several batches. */
  @Test
  void whatAnOperatorSaysOfANodeWhileItJoinsHolds() {
    Presence.Joining join = presence.joins(profile("b"));
    NodeRows.Row row = row("b", 1);
    presence.ordered(row.with(row.orders().with(Admission.CORDONED, null)));

    LiveNode node = node("b", 1, INCARNATION);
    presence.install(join, node, Set.of());

    assertThat(node.orders().admission()).isEqualTo(Admission.CORDONED);
  }

  @Test
  void aNodeThatIsRemovedWhileItJoinsGetsNothing() {
    Presence.Joining join = presence.joins(profile("b"));
    presence.expelled("b", true);
    LiveNode node = node("b", 1, INCARNATION);
    presence.install(join, node, Set.of());
    presence.joined(join);
    node.suspect = false;

    assertThat(node.closed()).isNotNull();
    presence.expelled("b", false);
    assertThat(node.closed()).as("it stays after all").isNull();
  }

  @Test
  void aNodeThatWasRemovedWhileItJoinedHasNotJoined() {
    Presence.Joining join = presence.joins(profile("b"));
    presence.forget("b");

    assertThatThrownBy(() -> presence.install(join, node("b", 1, INCARNATION), Set.of()))
        .hasMessageContaining("was removed");
    assertThat(presence.all()).isEmpty();
  }

  @Test
  void aNodeWhoseStreamIsGoneIsDueAfterItsPatienceUnlessItIsAboutToJoin() {
    LiveNode node = install("b", 1);
    presence.disconnected(node, "its connection broke", 100);
    assertThat(presence.mayComeBack("b")).isTrue();
    assertThat(presence.due(clock.nanos() + 99).gone()).isEmpty();
    assertThat(presence.due(clock.nanos() + 100).gone()).containsExactly(node);

    presence.waitLonger(50);
    assertThat(presence.due(clock.nanos() + 149).gone()).isEmpty();
    Presence.Joining join = presence.joins(profile("b"));
    assertThat(presence.due(clock.nanos() + 150).gone()).isEmpty();
    presence.joined(join);
    assertThat(presence.due(clock.nanos() + 150).gone()).containsExactly(node);

    assertThat(presence.departs(node)).isTrue();
    assertThat(presence.departs(node)).isFalse();
    assertThat(presence.due(clock.nanos() + 150).gone()).isEmpty();
    assertThat(presence.live("b")).isSameAs(node);
    presence.departed(node, NodeStatus.LOST);
    assertThat(presence.live("b")).isNull();
    assertThat(presence.mayComeBack("b")).isFalse();
    assertThat(presence.known())
        .singleElement()
        .satisfies(known -> assertThat(known.status()).isEqualTo(NodeStatus.LOST));
  }

  @Test
  void whatTheFormerLeaderHadIsAliveUntilItIsOverdue() {
    presence.begin(2, List.of(row("b", 7)), INCARNATION);
    assertThat(presence.isAlive("b", 7)).isTrue();
    assertThat(presence.isAlive("b", 6)).isFalse();
    assertThat(presence.absence("b")).contains("node b is suspect");

    clock.advance(Duration.ofNanos(settings.returnNanos()));
    assertThat(presence.due(clock.nanos()).missed())
        .extracting(AbsentNodes.Awaited::id)
        .containsExactly("b");
    assertThat(presence.isAlive("b", 7)).isFalse();
    assertThat(presence.mayComeBack("b")).isTrue();
    presence.missed("b");
    assertThat(presence.mayComeBack("b")).isFalse();
  }

  private LiveNode install(String id, long epoch) {
    Presence.Joining join = presence.joins(profile(id));
    LiveNode node = node(id, epoch, INCARNATION);
    assertThat(presence.install(join, node, Set.of())).isNull();
    presence.joined(join);
    return node;
  }

  private LiveNode node(String id, long epoch, long incarnation) {
    return new LiveNode(row(id, epoch), incarnation, 1, session);
  }

  private static NodeRows.Row row(String id, long epoch) {
    return new NodeRows.Row(profile(id), epoch, NodeStatus.ACTIVE, NodeOrders.NONE, Instant.EPOCH);
  }

  private static NodeProfile profile(String id) {
    return new NodeProfile(id, id, 1, List.of("run:shell"), Map.of(), Map.of(), 1, 1, 1, "test");
  }
}
