package dev.capstan.server.log;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the other coordinators say of whether this one still belongs to the cluster. One that was
 * put out, and whose vote was taken away while it was down or hung, gets nothing any more of what
 * is committed: it can hear of that from them alone. They say so to each of its calls when their
 * own rows and logs do. Safe for any thread.
 */
public final class Dismissal {
  /** A connection that was away for longer may lead to another state than before. */
  private static final Duration WITHOUT_PAUSE = Duration.ofSeconds(3);

  private final LongSupplier nanos;
  private final Map<String, Told> told = new ConcurrentHashMap<>();
  private volatile @Nullable Long answeredNanos;

  /**
   * The first and the last time that one has said so, without an answer of another kind between.
   */
  private record Told(long firstNanos, long lastNanos) {}

  /**
   * Nobody has said anything.
   *
   * @param nanos a clock that never goes back
   */
  public Dismissal(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** A coordinator says that this one was put out and has no vote any more. */
  public void refused(String node) {
    long now = nanos.getAsLong();
    told.merge(
        node,
        new Told(now, now),
        (before, _) ->
            now - before.lastNanos() > WITHOUT_PAUSE.toNanos()
                ? new Told(now, now)
                : new Told(before.firstNanos(), now));
  }

  /** A coordinator answers, so it says no such thing. */
  public void answered(String node) {
    told.remove(node);
    answeredNanos = nanos.getAsLong();
  }

  /**
   * Whether one of them has said nothing else for so long, and none has answered meanwhile. Who
   * knows that it was put out and does not know all groups yet may say so although it has a vote
   * somewhere; those that need it there answer.
   */
  public boolean isSaidFor(Duration time) {
    Long answered = answeredNanos;
    return (answered == null || nanos.getAsLong() - answered >= time.toNanos())
        && told.values().stream()
            .anyMatch(each -> each.lastNanos() - each.firstNanos() >= time.toNanos());
  }
}
