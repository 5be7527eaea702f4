package dev.capstan.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.server.nodes.SessionPhases.Phase;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which changes lead from phase to phase, and what the worker hears of each, in which order. */
class SessionPhasesTest {
  private static final long NOBODY = -1;

  private final NodesFixture nodes = NodesFixture.inProcess();
  private final List<CoordinatorMessage> said = new ArrayList<>();
  private final SessionMessages messages =
      new SessionMessages(NodeSettings.ofDefaults("c", "coordinator-1"));
  private final Leadership leadership = new Leadership();
  private final Outbox outbox = new Outbox(new Heard(), 1_000_000, () -> {});
  private final SessionPhases phases = new SessionPhases(outbox, messages, leadership, 1);
  private LiveNode node;

  @BeforeEach
  void aNodeThatJoins() {
    WorkerStub.connect(nodes.channel).join(WorkerStub.hello("a", 1));
    node = Objects.requireNonNull(nodes.directory.live("a"));
  }

  @AfterEach
  void close() {
    nodes.close();
  }

  @Test
  void aWorkerJoinsWhereTheCoordinatorLeads() {
    leadership.term = 3;
    long join = phases.greeted(0);
    assertThat(phases.phase()).isEqualTo(Phase.JOINING);
    assertThat(phases.open()).isNull();

    leadership.nanos = 50;
    assertThat(phases.opens(join, node, messages.welcome(node, List.of(), 0))).isTrue();
    assertThat(phases.phase()).isEqualTo(Phase.OPEN);
    assertThat(phases.open()).isSameAs(node);
    assertThat(phases.heardNanos()).isEqualTo(50);
    assertThat(heard()).containsExactly("WELCOME");
  }

  @Test
  void aWorkerStandsByWhereTheCoordinatorDoesNotLeadAndIsAskedOnceALeadership() {
    assertThat(phases.greeted(0)).isZero();
    assertThat(phases.phase()).isEqualTo(Phase.STANDBY);

    leadership.term = 3;
    leadership.nanos = 70;
    assertThat(phases.leads()).isTrue();
    assertThat(phases.leads()).isFalse();
    assertThat(phases.phase()).isEqualTo(Phase.ASKED);
    assertThat(phases.heardNanos()).isEqualTo(70);

    leadership.term = 4;
    assertThat(phases.leads()).isTrue();
    assertThat(heard()).containsExactly("STANDBY", "LEADS", "LEADS");
    assertThat(said.get(1).getLeads().getNumber()).isEqualTo(1);
    assertThat(said.get(2).getLeads().getNumber()).isEqualTo(2);
    assertThat(said.get(2).getLeads().getTerm()).isEqualTo(4);
  }

  @Test
  void onlyTheAnswerToTheLastQuestionCounts() {
    assertThat(phases.greeted(0)).isZero();
    leadership.term = 3;
    assertThat(phases.leads()).isTrue();
    leadership.term = NOBODY;
    assertThat(phases.follows(_ -> {})).isTrue();
    leadership.term = 4;
    assertThat(phases.leads()).isTrue();

    assertThat(phases.isLate(1)).isTrue();
    assertThat(phases.isLate(2)).isFalse();
    assertThat(phases.greeted(3)).isEqualTo(SessionPhases.BREACH);
    assertThat(phases.greeted(2)).isPositive();
    assertThat(phases.isLate(2)).isTrue();
  }

  @Test
  void aSecondHelloThatNobodyAskedForIsABreach() {
    leadership.term = 3;
    long join = phases.greeted(0);
    assertThat(phases.isLate(0)).isFalse();
    assertThat(phases.greeted(0)).isEqualTo(SessionPhases.BREACH);
    assertThat(phases.opens(join, node, messages.welcome(node, List.of(), 0))).isTrue();
    assertThat(phases.greeted(0)).isEqualTo(SessionPhases.BREACH);
  }

  @Test
  void aJoinOfALeadershipThatHasGoneOpensNothing() {
    leadership.term = 3;
    long first = phases.greeted(0);
    leadership.term = NOBODY;
    assertThat(phases.follows(_ -> {})).isTrue();
    assertThat(phases.opens(first, node, messages.welcome(node, List.of(), 0))).isFalse();

    leadership.term = 4;
    assertThat(phases.leads()).isTrue();
    long second = phases.greeted(1);
    assertThat(second).isNotEqualTo(first);
    assertThat(phases.opens(first, node, messages.welcome(node, List.of(), 0))).isFalse();
    assertThat(phases.joinFailed(first, false)).isFalse();
    assertThat(phases.phase()).isEqualTo(Phase.JOINING);
    assertThat(heard()).containsExactly("STANDBY", "LEADS");
  }

  @Test
  void aJoinThatFailsEndsTheSessionUnlessTheLeadershipIsToBlame() {
    leadership.term = 3;
    long join = phases.greeted(0);
    assertThat(phases.joinFailed(join, false)).isTrue();
    assertThat(phases.phase()).isEqualTo(Phase.JOINING);

    assertThat(phases.joinFailed(join, true)).isFalse();
    assertThat(phases.phase()).isEqualTo(Phase.STANDBY);
    assertThat(phases.joinFailed(join, false)).isFalse();
    assertThat(heard()).containsExactly("STANDBY");
  }

  @Test
  void aJoinThatFailsWhileNobodyLeadsHereLetsTheWorkerStandBy() {
    leadership.term = 3;
    long join = phases.greeted(0);
    leadership.term = NOBODY;
    assertThat(phases.joinFailed(join, false)).isFalse();
    assertThat(phases.phase()).isEqualTo(Phase.STANDBY);
  }

  @Test
  void nothingFollowsTheEnd() {
    leadership.term = 3;
    long join = phases.greeted(0);
    assertThat(phases.end()).isEqualTo(Phase.JOINING);
    assertThat(phases.end()).isEqualTo(Phase.ENDED);

    assertThat(phases.opens(join, node, messages.welcome(node, List.of(), 0))).isFalse();
    assertThat(phases.joinFailed(join, false)).isFalse();
    assertThat(phases.follows(_ -> {})).isFalse();
    assertThat(phases.leads()).isFalse();
    assertThat(phases.isLate(0)).isTrue();
    assertThat(phases.phase()).isEqualTo(Phase.ENDED);
    assertThat(heard()).isEmpty();
  }

  @Test
  void whoLeadsIsNewsOnce() {
    leadership.leader = "b";
    assertThat(phases.greeted(0)).isZero();
    assertThat(phases.tells("b")).isFalse();
    assertThat(phases.tells("c")).isTrue();
    assertThat(phases.tells("c")).isFalse();
    assertThat(heard()).containsExactly("STANDBY");
    assertThat(said.getFirst().getStandby().getLeader()).isEqualTo("b");
  }

  private List<String> heard() {
    outbox.flush();
    return said.stream().map(message -> message.getKindCase().name()).toList();
  }

  /** What the coordinator is at present. */
  private static final class Leadership implements SessionPhases.Coordinator {
    private long term = NOBODY;
    private String leader = "";
    private long nanos = 1;

    @Override
    public boolean leads() {
      return term != NOBODY;
    }

    @Override
    public long term() {
      return term;
    }

    @Override
    public String leader() {
      return leader;
    }

    @Override
    public long nanos() {
      return nanos;
    }
  }

  private final class Heard extends ServerCallStreamObserver<CoordinatorMessage> {
    @Override
    public void onNext(CoordinatorMessage message) {
      said.add(message);
    }

    @Override
    public void onCompleted() {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}
  }
}
