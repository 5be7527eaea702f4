package dev.capstan.server.nodes;

import dev.capstan.node.env.Clock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Departures of nodes that nobody could write down: the next leader finds them out by itself. A
 * coordinator that has just lost its place sees one for each of its nodes, so no more than one a
 * second is told, and how many were not. Any thread.
 */
final class UnrecordedDepartures {
  private static final Logger LOG = LoggerFactory.getLogger(UnrecordedDepartures.class);
  private static final long APART_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Clock clock;
  private boolean told;
  private long toldNanos;
  private long untold;

  UnrecordedDepartures(Clock clock) {
    this.clock = clock;
  }

  /**
   * There was one.
   *
   * @param expected whether this coordinator stops or does not lead, so that nobody need know
   */
  void add(String node, Throwable failure, boolean expected) {
    String sentence =
        expected ? null : sentence("The departure of node " + node, failure.getMessage());
    if (sentence != null) {
      LOG.warn("{}", sentence);
    } else {
      LOG.debug("The departure of node {} could not be recorded: {}", node, failure.getMessage());
    }
  }

  /** What is to be told; null for nothing, since something was told just now. */
  synchronized @Nullable String sentence(String departure, @Nullable String why) {
    long now = clock.nanos();
    if (told && now - toldNanos < APART_NANOS) {
      untold++;
      return null;
    }
    String others = untold == 0 ? "" : ", nor could " + untold + " others since this was said last";
    told = true;
    toldNanos = now;
    untold = 0;
    return departure + " could not be recorded" + others + ": " + why;
  }
}
