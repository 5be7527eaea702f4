package dev.capstan.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HeirsTest {
  private static final long LAST = 5_000;
  private static final Heirs OF_FOUR = new Heirs("removed"::equals, "drained"::equals);

  @Test
  void whoeverHasMostComesFirstAndWhoIsDrainedLast() {
    LogStatus status =
        leading(peer("some", 4_990, true), peer("drained", 5_000, true), peer("most", 4_995, true));

    assertThat(OF_FOUR.of(status)).containsExactly("most", "some", "drained");
    assertThat(OF_FOUR.unspared(status)).containsExactly("most", "some");
    assertThat(Heirs.ANY.of(status)).containsExactly("drained", "most", "some");
    assertThat(OF_FOUR.has(status, "drained")).isTrue();
  }

  @Test
  void whoIsSilentOrPutOutOrBehindDoesNotLead() {
    LogStatus status =
        leading(
            peer("silent", 5_000, false), peer("removed", 5_000, true), peer("behind", 100, true));

    assertThat(OF_FOUR.of(status)).isEmpty();
    assertThat(OF_FOUR.has(status, "behind")).isFalse();
    assertThat(OF_FOUR.of(leading(peer("drained", 4_990, true)))).containsExactly("drained");
  }

  private static LogStatus.Peer peer(String node, long match, boolean answers) {
    return new LogStatus.Peer(node, match, LAST - match, 0, answers);
  }

  private static LogStatus leading(LogStatus.Peer... peers) {
    LogRole role = new LogRole(LogRole.Kind.LEADER, 1, "self");
    return new LogStatus(role, 0, LAST, LAST, LAST, 0, 0, 0, 0, List.of(peers));
  }
}
