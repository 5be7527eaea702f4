package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.HeardLog;
import dev.capstan.server.ManualClock;
import dev.capstan.server.boot.PutOut.Vote;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a coordinator stops that was put out. */
class PutOutTest {
  private final ManualClock clock = new ManualClock(0);
  private final List<StartupRefusal> stopped = new ArrayList<>();
  private boolean out;
  private boolean dismissed;
  private Vote vote = Vote.SPARE;
  private final PutOut watch =
      new PutOut(
          "c2",
          () -> out,
          () -> dismissed,
          () -> Stream.of(Vote.GONE, vote, Vote.GONE),
          clock::nanos,
          stopped::add);

  @RegisterExtension final HeardLog heard = new HeardLog(PutOut.class);

  private final List<String> told = heard.lines();

  private void look() {
    watch.run();
    clock.advance(PutOut.LOOK_EVERY);
  }

  @Test
  void whoBelongsToTheClusterGoesOn() {
    vote = Vote.GONE;
    look();
    look();
    assertThat(stopped).as("one that is being taken in has no vote yet").isEmpty();
  }

  @Test
  void itStaysUntilItsVoteIsTakenAway() {
    look();
    out = true;
    look();
    look();
    assertThat(stopped).isEmpty();

    vote = Vote.GONE;
    look();
    assertThat(stopped).as("what takes the vote away is not acknowledged yet").isEmpty();
    look();
    look();

    assertThat(stopped)
        .singleElement()
        .satisfies(why -> assertThat(why).hasMessageContaining("c2 was put out of the cluster"));
  }

  @Test
  void itDoesNotWaitForeverForWhoeverCanTakeItsVoteAwayWithoutIt() {
    out = true;
    look();
    clock.advance(PutOut.LONGEST);
    look();
    assertThat(stopped).hasSize(1);
  }

  @Test
  void itWaitsForWhoeverCanNotTakeItsVoteAwayWithoutItAndSaysSoOnce() {
    vote = Vote.NEEDED;
    out = true;
    look();
    clock.advance(Duration.ofDays(1));
    look();
    look();

    assertThat(stopped).as("the others could never decide anything again").isEmpty();
    assertThat(told)
        .hasSize(2)
        .last()
        .asString()
        .contains("still has its vote", "Stop it only if they are gone for good");
    vote = Vote.GONE;
    look();
    assertThat(stopped).as("what takes the vote away is not acknowledged yet").isEmpty();
    look();
    assertThat(stopped).hasSize(1);
    assertThat(told).hasSize(2);
  }

  @Test
  void itWaitsNoLongerWhenTheyCanDoWithoutIt() {
    vote = Vote.NEEDED;
    out = true;
    look();
    clock.advance(PutOut.LONGEST);
    look();
    assertThat(stopped).isEmpty();

    vote = Vote.SPARE;
    look();
    assertThat(stopped).hasSize(1);
  }

  @Test
  void itStopsOnceWhenTheOthersSaySoWhateverItKnowsItself() {
    vote = Vote.NEEDED;
    look();
    dismissed = true;
    look();
    look();

    assertThat(stopped)
        .singleElement()
        .satisfies(why -> assertThat(why).hasMessageContaining("c2 was put out of the cluster"));
  }

  /** It heard of the row, and not that they did not wait for it. */
  @Test
  void itWaitsNoLongerWhenTheOthersSayThatItsVoteIsGone() {
    vote = Vote.NEEDED;
    out = true;
    look();
    clock.advance(Duration.ofDays(1));
    look();
    assertThat(stopped).isEmpty();

    dismissed = true;
    look();
    assertThat(stopped).hasSize(1);
  }

  /** The leader says so to a replica that asks for its vote and is no member any more. */
  @Test
  void aLogThatStoppedBecauseItsCoordinatorWasPutOutIsNoFailure() {
    StorageFailure ended = new StorageFailure(StorageFailure.Code.LOG_STOPPED, "unasked", null);
    StorageFailure full = new StorageFailure(StorageFailure.Code.DISK_FULL, "full", null);

    assertThat(PutOut.reason(ended, "c2", () -> true))
        .hasMessageContaining("c2 was put out of the cluster");
    assertThat(PutOut.reason(ended, "c2", () -> false)).isSameAs(ended);
    assertThat(PutOut.reason(full, "c2", () -> true)).isSameAs(full);
  }

  /** Enough of the others to decide when it is gone are enough to take its vote away, or not. */
  @Test
  void aVoteIsNeededWhereAMajorityOfTheOthersIsNoneOfAll() {
    for (int replicas = 2; replicas <= 7; replicas++) {
      int others = replicas - 1;
      boolean enough = others / 2 + 1 >= replicas / 2 + 1;
      assertThat(Vote.of(true, replicas))
          .as("of %s", replicas)
          .isEqualTo(enough ? Vote.SPARE : Vote.NEEDED);
      assertThat(Vote.of(false, replicas)).isEqualTo(Vote.GONE);
    }
  }
}
