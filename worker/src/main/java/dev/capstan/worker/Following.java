package dev.capstan.worker;

import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which coordinator a node follows, and over which stream.
 *
 * <p>Two coordinators may take themselves for the leader for a moment, and what each of them said
 * may arrive late. So each leadership has a term: the node follows whoever has welcomed it in the
 * highest one that it has heard of, whatever others say. When no leader was heard of for a lease,
 * terms are forgotten: the cluster may have begun anew.
 *
 * <p>Any thread. All of it changes under a lock; nothing is written while that is held, so whoever
 * made a change flushes the {@link Outbox} behind it.
 */
final class Following {

  /** Whom the node follows, over which stream. */
  record Leading(Connection by, Link over) {}

  /** What a welcome comes to. */
  enum Welcomed {
    FOLLOWS,
    /** The stream has broken since, and that was told or will be. */
    STREAM_OVER,
    LATER_LEADER
  }

  private final Outbox outbox;
  private final Object lock = new Object();
  private @Nullable Leading leading;
  private long highestTerm;
  private volatile @Nullable Connection last;

  Following(Outbox outbox) {
    this.outbox = outbox;
  }

  /**
   * A coordinator says that it leads in this term. From then on nothing is taken from those of
   * earlier terms, who can commit nothing any more.
   *
   * @return false if a later leader is known
   */
  boolean asked(long term) {
    synchronized (lock) {
      if (term < highestTerm) {
        return false;
      }
      if (term > highestTerm) {
        highestTerm = term;
        follow(null);
      }
      return true;
    }
  }

  /** Under the lock. */
  private void follow(@Nullable Leading next) {
    Leading former = leading;
    leading = next;
    if (former != null && (next == null || next.over() != former.over())) {
      outbox.detach(former.over());
    }
  }

  /**
   * A coordinator that leads has welcomed the node over this stream.
   *
   * @param followed runs under the lock when the node follows it from now on
   */
  Welcomed welcomed(Connection by, Link stream, long term, Runnable followed) {
    synchronized (lock) {
      if (term < highestTerm) {
        return Welcomed.LATER_LEADER;
      }
      if (stream.isOver()) {
        return Welcomed.STREAM_OVER;
      }
      highestTerm = term;
      follow(new Leading(by, stream));
      last = by;
      followed.run();
      return Welcomed.FOLLOWS;
    }
  }

  /** Whoever is at the end of this stream leads no more, or never did. */
  void standsBy(Link stream) {
    synchronized (lock) {
      if (leads(stream)) {
        follow(null);
      }
    }
  }

  /** A stream is gone; answers whether it was that of the leader. */
  boolean broken(Link stream) {
    synchronized (lock) {
      boolean led = leads(stream);
      if (led) {
        follow(null);
      } else {
        outbox.detach(stream);
      }
      return led;
    }
  }

  /** Under the lock. */
  private boolean leads(Link stream) {
    return leading != null && leading.over() == stream;
  }

  /** Whether the leader is at the end of this stream. */
  boolean isLeading(Link stream) {
    synchronized (lock) {
      return leads(stream);
    }
  }

  /**
   * Does something under the lock if the leader is at the end of this stream, so that it leads as
   * long as that takes.
   *
   * @param otherwise the answer if it does not lead
   */
  <T> T ifLeading(Link stream, Supplier<T> action, T otherwise) {
    synchronized (lock) {
      return leads(stream) ? action.get() : otherwise;
    }
  }

  /** Whom the node follows now; null for none. */
  @Nullable Leading leading() {
    synchronized (lock) {
      return leading;
    }
  }

  /** The stream of the leader; null for none. */
  @Nullable Link stream() {
    Leading now = leading();
    return now == null ? null : now.over();
  }

  /** What the leader calls itself; empty for none. */
  String leader() {
    Leading now = leading();
    return now == null ? "" : now.by().coordinator();
  }

  /** The way to the one that was followed last; null if there never was one. */
  @Nullable Connection last() {
    return last;
  }

  /**
   * Forgets terms, unless another leader than this one has come.
   *
   * @param silent who was followed; null for nobody
   * @return whether they are forgotten
   */
  boolean forgetTerms(@Nullable Leading silent) {
    synchronized (lock) {
      if (!Objects.equals(leading, silent)) {
        return false;
      }
      highestTerm = 0;
      return true;
    }
  }
}
