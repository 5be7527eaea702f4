package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.api.v1.Place;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.server.ManualClock;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.membership.Intruders;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which of two processes of a coordinator stays. */
class SoleProcessTest {
  private static final HostPort ELSEWHERE = new HostPort("10.0.0.9", 7483);

  private final ManualClock clock = new ManualClock(0);
  private final Wire wire = new Wire();
  private final SoleProcess leader = process("c1");

  private SoleProcess process(String node) {
    HostPort here = new HostPort("10.0.0." + node.charAt(1), 7483);
    return new SoleProcess(
        wire,
        NodeIdentity.coordinator("capstan", node),
        new CoordinatorPlace(node, here, here, here),
        new Intruders(clock::nanos),
        clock::nanos);
  }

  /** One process at most answers; the others are silent, or known to be gone. */
  private static final class Wire implements PeerNetwork {
    private final List<String> asked = new ArrayList<>();
    private @Nullable SoleProcess there;
    private boolean gone;
    private boolean closed;

    @Override
    public void serve(Handler handler) {}

    @Override
    public boolean isGone(String node) {
      return gone;
    }

    @Override
    public byte[] call(String node, Call call, byte[] request, Duration timeout)
        throws IOException {
      asked.add(call + " of " + node);
      SoleProcess answering = there;
      if (answering == null) {
        throw new IOException("silent");
      }
      return answering.answer("c1", request);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void theOneThatAnswersStays() throws IOException {
    wire.there = process("c2");

    Place other = leader.otherThan(process("c2").here());

    assertThat(other).isEqualTo(wire.there.here());
    assertThat(wire.asked).containsExactly("WHO of c2");
  }

  @Test
  void theSameProcessIsNoOther() throws IOException {
    SoleProcess same = process("c2");
    wire.there = same;

    assertThat(leader.otherThan(same.here())).isNull();
  }

  @Test
  void whereAnotherNodeIsNowNobodyOfThisOneIs() throws IOException {
    wire.there = process("c3");

    assertThat(leader.otherThan(process("c2").here())).isNull();
  }

  @Test
  void oneThatIsGoneHasLostItsPlaceAtOnce() throws IOException {
    wire.gone = true;

    assertThat(leader.otherThan(process("c2").here())).isNull();
  }

  /** It may just begin, or stand still for a moment. */
  @Test
  void oneThatAnswersNothingKeepsItsPlaceForSomeSeconds() throws IOException {
    Place said = process("c2").here();

    for (int seconds = 0; seconds < 3; seconds++) {
      assertThatThrownBy(() -> leader.otherThan(said)).isInstanceOf(IOException.class);
      clock.advance(Duration.ofSeconds(1));
    }
    assertThat(leader.otherThan(said)).isNull();
  }

  @Test
  void silencesOfDifferentTimesAreNotOne() {
    Place said = process("c2").here();
    assertThatThrownBy(() -> leader.otherThan(said)).isInstanceOf(IOException.class);
    clock.advance(Duration.ofMinutes(1));

    assertThatThrownBy(() -> leader.otherThan(said)).isInstanceOf(IOException.class);
  }

  @Test
  void whoAnsweredInBetweenHasNotBeenSilent() throws IOException {
    Place said = process("c2").here();
    assertThatThrownBy(() -> leader.otherThan(said)).isInstanceOf(IOException.class);
    clock.advance(Duration.ofSeconds(2));
    wire.there = process("c2");
    assertThat(leader.otherThan(said)).isNotNull();
    wire.there = null;
    clock.advance(Duration.ofSeconds(2));

    assertThatThrownBy(() -> leader.otherThan(said)).isInstanceOf(IOException.class);
  }

  @Test
  void oneThatBeginsElsewhereIsRefusedWhereTheOtherAnswers() {
    wire.there = process("c2");

    assertThatThrownBy(() -> process("c2").require(ELSEWHERE))
        .isInstanceOf(StartupRefusal.class)
        .hasMessageContaining("Coordinator c2 runs already, at 10.0.0.2:7483");
    assertThat(wire.closed).isTrue();
  }

  @Test
  void oneThatBeginsWhereItWasOrWhereNobodyAnswersAsksNoMore() {
    process("c2").require(null);
    process("c2").require(new HostPort("10.0.0.2", 7483));
    assertThat(wire.asked).isEmpty();

    process("c2").require(ELSEWHERE);
    assertThat(wire.asked).hasSize(1);
    assertThat(wire.closed).isFalse();
  }
}
