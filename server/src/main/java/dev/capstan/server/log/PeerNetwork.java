package dev.capstan.server.log;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How replicas of a log reach each other: calls with an answer, as bytes. The seam at which the
 * library's network is ours: production goes over mutually authenticated TLS, a simulation through
 * memory.
 */
public interface PeerNetwork extends AutoCloseable {

  /** What one replica asks another. The numbers are on the wire and never change. */
  enum Call {
    /** To vote for it. */
    VOTE(1),
    /** To append entries, or none, which says that it leads. */
    APPEND(2),
    /** To take a part of a snapshot. */
    SNAPSHOT(3),
    /** To stand for election at once, because the leader wants to hand over. */
    STAND(4),
    /** To tell what state it has. */
    STATE(5),
    /** To tell how far its log reaches. */
    REACH(6),
    /** To tell in which term it is. */
    TERM(7),
    /** To take down where it is now. */
    PLACE(8),
    /** To take a message of another partition. */
    DELIVER(10),
    /** To tell how far a partition must be applied to be current. */
    CURRENT(11),
    /** To let others lead what it leads. */
    LET_LEAD(12),
    /** To tell for how long it has heard nothing of the leader. */
    SILENCE(13),
    /** To tell which process of which node it is. */
    WHO(14);

    private final int number;

    Call(int number) {
      this.number = number;
    }

    /** The number on the wire. */
    public int number() {
      return number;
    }
  }

  /** Answers calls of other replicas; any thread, may block for the disk. */
  interface Handler {
    /**
     * The answer to a call.
     *
     * @param caller the node that the caller has proven to be; null where nobody need
     * @throws IOException if there is none; the caller hears that, but not why
     */
    byte[] handle(Call call, @Nullable String caller, byte[] request) throws IOException;
  }

  /**
   * Who is told when a connection that another node had made to this one has ended; called before
   * {@link #serve}. The listener must return at once.
   */
  default void onDisconnect(Consumer<String> listener) {}

  /**
   * Whether the process of another node is known to have ended: its machine answers, and nobody
   * listens there any more. Blocks for a moment.
   */
  default boolean isGone(String node) {
    return false;
  }

  /** Begins to answer; called once. */
  void serve(Handler handler) throws IOException;

  /**
   * Asks another replica and blocks for its answer; an interrupt gives up.
   *
   * @param node whom
   * @throws IOException if no answer came in time or the other refused
   */
  byte[] call(String node, Call call, byte[] request, Duration timeout) throws IOException;

  /** Ends all connections and answers nothing any more. */
  @Override
  void close();
}
