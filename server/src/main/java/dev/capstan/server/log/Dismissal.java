package dev.capstan.server.log;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * What the other coordinators say of whether this one still belongs to the cluster. One that was
 * put out, and whose vote was taken away while it was down or hung, gets nothing any more of what
 * is committed: it can hear of that from them alone. They say so to each of its calls when their
 * own rows and logs do. Safe for any thread.
 */
public final class Dismissal {
  private final LongSupplier nanos;
  private final Map<String, Told> told = new ConcurrentHashMap<>();

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
    told.merge(node, new Told(now, now), (before, _) -> new Told(before.firstNanos(), now));
  }

  /** A coordinator answers, so it says no such thing. */
  public void answered(String node) {
    told.remove(node);
  }

  /**
   * Whether one of them has said nothing else for so long. One is enough: it knows of nothing but
   * what is committed. At its start it may say so for a moment, while it does not yet know who has
   * a vote.
   */
  public boolean isSaidFor(Duration time) {
    return told.values().stream()
        .anyMatch(each -> each.lastNanos() - each.firstNanos() >= time.toNanos());
  }
}
