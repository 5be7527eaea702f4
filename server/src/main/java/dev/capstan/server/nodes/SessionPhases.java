package dev.capstan.server.nodes;

import dev.capstan.api.v1.CoordinatorMessage;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the session of one worker stands: new, in standby, asked, joining, open, ended; and when
 * the worker was heard last. Any thread. The phase changes under a lock, and what the worker is
 * told of a change is put in order under the same one; nothing else happens while it is held, so
 * whoever made a change flushes the {@link Outbox} after it.
 *
 * <p>Each question what the worker holds has a number, which the answer repeats: an answer that was
 * on its way while the leadership went and came again is none to the question that counts.
 */
final class SessionPhases {
  /** Of a hello that comes out of turn. */
  static final long BREACH = -1;

  /** Where a session stands. */
  enum Phase {
    NEW,
    /** Kept alive for the time when this coordinator leads. */
    STANDBY,
    /** This coordinator leads, and waits for the hello that it has asked for. */
    ASKED,
    JOINING,
    OPEN,
    ENDED
  }

  /** What a session depends on of its coordinator; asked under the lock. */
  interface Coordinator {
    /** Whether it leads. */
    boolean leads();

    /** Of its leadership, or of the last one that it had. */
    long term();

    /** Whom it takes for the leader; empty for none. */
    String leader();

    /** The clock for durations. */
    long nanos();
  }

  private final Outbox outbox;
  private final SessionMessages messages;
  private final Coordinator coordinator;
  private final Object lock = new Object();
  private volatile Phase phase = Phase.NEW;
  private volatile @Nullable LiveNode node;
  private volatile long heardNanos;

  /** Whom this coordinator named as the leader last, in standby. */
  private volatile String told = "";

  private long questions;
  private long askedTerm;
  private long joins;

  SessionPhases(Outbox outbox, SessionMessages messages, Coordinator coordinator, long now) {
    this.outbox = outbox;
    this.messages = messages;
    this.coordinator = coordinator;
    this.heardNanos = now;
  }

  Phase phase() {
    return phase;
  }

  /** The node that joined last; null while it is none of this leadership. */
  @Nullable LiveNode node() {
    return node;
  }

  /** The node whose session is open; null while it is not. */
  @Nullable LiveNode open() {
    LiveNode open = node;
    return phase == Phase.OPEN ? open : null;
  }

  /** The worker has said something, or is to be taken as if it had. */
  void heard(long now) {
    heardNanos = now;
  }

  long heardNanos() {
    return heardNanos;
  }

  /** In standby, the worker is about to be told who leads; answers whether that is news to it. */
  boolean tells(String leader) {
    boolean news = !leader.equals(told);
    told = leader;
    return news;
  }

  /** Ends the session; answers the phase that it was in. */
  Phase end() {
    synchronized (lock) {
      Phase before = phase;
      phase = Phase.ENDED;
      return before;
    }
  }

  /**
   * This coordinator leads: a worker in standby is asked what it holds, and once a leadership.
   *
   * @return whether it was asked now
   */
  boolean leads() {
    synchronized (lock) {
      long term = coordinator.term();
      if (phase != Phase.STANDBY && (phase != Phase.ASKED || askedTerm >= term)) {
        return false;
      }
      // In standby it had more time; the answer has as much as any other sign of life.
      heardNanos = coordinator.nanos();
      phase = Phase.ASKED;
      askedTerm = term;
      outbox.add(SessionMessages.leads(term, ++questions));
      return true;
    }
  }

  /**
   * This coordinator leads no more; what waits for the worker is not this one's to send.
   *
   * @param dropped hears under the lock how many attempts do not go out
   * @return whether the session stands by now, and did not before
   */
  boolean follows(IntConsumer dropped) {
    synchronized (lock) {
      if (phase != Phase.ASKED && phase != Phase.JOINING && phase != Phase.OPEN) {
        return false;
      }
      node = null;
      dropped.accept(outbox.drop());
      standBy();
      return true;
    }
  }

  /** Under the lock. */
  private void standBy() {
    phase = Phase.STANDBY;
    told = coordinator.leader();
    outbox.add(messages.standby(told));
  }

  /** Whether a hello answers a question that is void, or was answered before. */
  boolean isLate(long answers) {
    synchronized (lock) {
      return phase == Phase.ENDED || (answers > 0 && answers <= questions && !isExpected(answers));
    }
  }

  /** Under the lock. */
  private boolean isExpected(long answers) {
    return (phase == Phase.NEW && answers == 0) || (phase == Phase.ASKED && answers == questions);
  }

  /**
   * A hello has come.
   *
   * @param answers the number of the question; 0 for the first hello
   * @return the number of the join that begins now; 0 when the session stands by, since this
   *     coordinator does not lead; {@link #BREACH} when no such hello was expected
   */
  long greeted(long answers) {
    synchronized (lock) {
      if (!isExpected(answers)) {
        return BREACH;
      }
      if (!coordinator.leads()) {
        standBy();
        return 0;
      }
      phase = Phase.JOINING;
      return ++joins;
    }
  }

  /**
   * A join is durable.
   *
   * @return false if the session does not wait for it any more
   */
  boolean opens(long join, LiveNode joined, CoordinatorMessage welcome) {
    synchronized (lock) {
      if (!isAwaited(join)) {
        return false;
      }
      node = joined;
      phase = Phase.OPEN;
      heardNanos = coordinator.nanos();
      outbox.add(welcome);
      return true;
    }
  }

  /**
   * A join has failed: the session stands by if that is because the leadership comes or goes.
   *
   * @return whether it is to end, since it waits for this join, and that failed by itself
   */
  boolean joinFailed(long join, boolean ofLeadership) {
    synchronized (lock) {
      if (!isAwaited(join)) {
        return false;
      }
      if (ofLeadership || !coordinator.leads()) {
        standBy();
        return false;
      }
      return true;
    }
  }

  /** Under the lock. */
  private boolean isAwaited(long join) {
    return phase == Phase.JOINING && joins == join;
  }
}
