package dev.capstan.server.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.nodes.Attendance.Sign;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Signs that nodes are gone. A lease is 400 ms; ten nodes are a full cluster. */
class AttendanceTest {
  private static final long LEASE = TimeUnit.MILLISECONDS.toNanos(400);

  private final Attendance attendance = new Attendance(NodesFixture.settings());

  private @Nullable Sign sign(String node, long now) {
    Attendance.Noticed noticed = attendance.sign(node, now);
    return noticed == null ? null : noticed.sign();
  }

  private void breaks(String node, long now) {
    attendance.spoke(node, 1);
    assertThat(attendance.went(node, 1, Sign.BROKEN, now)).isTrue();
  }

  @Test
  void aSignHoldsForALease() {
    breaks("a", 100);
    assertThat(sign("a", 100 + LEASE)).isEqualTo(Sign.BROKEN);
    assertThat(sign("a", 101 + LEASE)).isNull();
    assertThat(sign("b", 100)).isNull();
  }

  @Test
  void onlyTheLastStreamOfANodeTellsAnything() {
    attendance.spoke("a", 1);
    attendance.spoke("a", 2);
    assertThat(attendance.went("a", 1, Sign.BROKEN, 100)).isFalse();
    assertThat(attendance.went("a", 1, Sign.BROKEN, 100)).as("told twice").isFalse();
    assertThat(sign("a", 100)).isNull();
    assertThat(attendance.went("a", 2, Sign.BROKEN, 100)).isTrue();
    assertThat(sign("a", 100)).isEqualTo(Sign.BROKEN);
  }

  @Test
  void aStreamThatEndsOtherwiseTellsNothing() {
    attendance.spoke("a", 1);
    assertThat(attendance.went("a", 1, null, 100)).isFalse();
    assertThat(sign("a", 100)).isNull();
  }

  @Test
  void whoSpeaksIsThere() {
    breaks("a", 100);
    attendance.spoke("a", 2);
    assertThat(sign("a", 100)).isNull();
  }

  @Test
  void whatAnotherPartitionSaysLastCounts() {
    assertThat(attendance.lostElsewhere("a", 100)).isTrue();
    assertThat(sign("a", 100)).isEqualTo(Sign.LOST_ELSEWHERE);
    attendance.foundElsewhere("a");
    assertThat(sign("a", 100)).isNull();

    breaks("b", 100);
    attendance.foundElsewhere("b");
    assertThat(sign("b", 100)).as("seen here").isEqualTo(Sign.BROKEN);
  }

  @Test
  void nothingIsASignForALeaseAfterAStandstill() {
    breaks("a", 100);
    attendance.distrust(200);
    attendance.spoke("b", 1);
    assertThat(attendance.went("b", 1, Sign.BROKEN, 300)).isFalse();
    assertThat(sign("a", 300)).isNull();
    assertThat(sign("b", 300)).isNull();

    breaks("c", 200 + LEASE);
    assertThat(sign("c", 200 + LEASE)).isEqualTo(Sign.BROKEN);
  }

  @Test
  void thereAreNoMoreSignsThanNodes() {
    for (int i = 0; i <= 10; i++) {
      breaks("n" + i, 100);
    }
    assertThat(sign("n0", 100)).isNull();
    assertThat(sign("n1", 100)).isEqualTo(Sign.BROKEN);
    assertThat(sign("n10", 100)).isEqualTo(Sign.BROKEN);
  }
}
