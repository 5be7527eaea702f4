package dev.capstan.server.boot;

import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StorageFailure;
import java.time.Duration;
import java.util.Comparator;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a coordinator that was put out, when its vote is gone in every partition: to take it away,
 * the others need a majority in which it still counts. Of two, the one that is left could never
 * decide anything again without it. So it goes on for as long as its vote may be {@linkplain
 * Vote#NEEDED needed}, until the others are back or somebody stops it. One that has not heard of it
 * in the rows, or not that its vote is gone, hears it from the others. Looked at again and again,
 * on one thread.
 */
public final class PutOut implements Runnable {
  /** How often to look. */
  public static final Duration LOOK_EVERY = Duration.ofMillis(200);

  /**
   * For so long a vote that the others can do without may be there: they may have taken it away,
   * and this one can't have heard of it. And for so long one of them must say that they have.
   */
  public static final Duration LONGEST = Duration.ofSeconds(10);

  /** What becomes of the others if a coordinator that was put out stops. */
  public enum Vote {
    /** It has none any more. */
    GONE,
    /** Whoever of them decides without it can take its vote away, too. */
    SPARE,
    /**
     * There may be as many of them as decide without it, but not as many as take its vote away: of
     * an even number, half of all is a majority of the others, and none of all.
     */
    NEEDED;

    /**
     * In one partition.
     *
     * @param counts whether it counts in majorities
     * @param replicas how many there are, this one among them
     */
    public static Vote of(boolean counts, int replicas) {
      if (!counts) {
        return GONE;
      }
      return replicas % 2 == 0 ? NEEDED : SPARE;
    }

    /** In all partitions together: where it is needed most. */
    static Vote of(Stream<Vote> partitions) {
      return partitions.max(Comparator.naturalOrder()).orElse(GONE);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(PutOut.class);

  private final String self;
  private final BooleanSupplier out;
  private final BooleanSupplier dismissed;
  private final Supplier<Stream<Vote>> votes;
  private final LongSupplier nanos;
  private final Consumer<StartupRefusal> stop;
  private @Nullable Long since;
  private boolean lost;
  private boolean stays;
  private boolean stopped;

  /**
   * Of one coordinator.
   *
   * @param out whether the rows say that this coordinator was put out
   * @param dismissed whether the others say so, and that its vote is gone
   * @param votes what its votes are in the partitions, as its own logs tell
   * @param nanos a clock that never goes back
   * @param stop is told why, once
   */
  public PutOut(
      String self,
      BooleanSupplier out,
      BooleanSupplier dismissed,
      Supplier<Stream<Vote>> votes,
      LongSupplier nanos,
      Consumer<StartupRefusal> stop) {
    this.self = self;
    this.out = out;
    this.dismissed = dismissed;
    this.votes = votes;
    this.nanos = nanos;
    this.stop = stop;
  }

  @Override
  public void run() {
    if (stopped) {
      return;
    }
    if (dismissed.getAsBoolean()) {
      stop();
    } else if (out.getAsBoolean()) {
      look();
    }
  }

  private void look() {
    long now = nanos.getAsLong();
    if (since == null) {
      since = now;
      LOG.warn("Coordinator {} was put out, and stops when its vote is gone", self);
    }
    Vote vote = Vote.of(votes.get());
    boolean late = now - since >= LONGEST.toNanos();
    // At the next look, so that what takes the vote away has been acknowledged.
    if (lost || (late && vote == Vote.SPARE)) {
      stop();
    } else if (late && vote == Vote.NEEDED && !stays) {
      stays = true;
      LOG.warn(
          "Coordinator {} still has its vote, without which the others may not be able to take it away: it goes"
              + " on until they have. Stop it only if they are gone for good",
          self);
    }
    lost = vote == Vote.GONE;
  }

  private void stop() {
    stopped = true;
    stop.accept(refusal(self));
  }

  /**
   * Why a coordinator stops whose log has failed. One that the others have put out may be told by
   * the leader, when it asks for its vote, to end its log, before it comes to look.
   *
   * @param out whether it was put out
   */
  static Throwable reason(Throwable failure, String self, BooleanSupplier out) {
    boolean ended =
        failure instanceof StorageFailure log && log.code() == StorageFailure.Code.LOG_STOPPED;
    return ended && out.getAsBoolean() ? refusal(self) : failure;
  }

  private static StartupRefusal refusal(String self) {
    return new StartupRefusal(
        StartupRefusal.Code.NOT_JOINED,
        "Coordinator " + self + " was put out of the cluster",
        "Its state is no longer kept up to date",
        "to take it in again, join with an empty data directory and another name",
        null);
  }
}
