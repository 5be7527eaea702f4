package dev.capstan.worker;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.Leads;
import dev.capstan.api.v1.Standby;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import dev.capstan.worker.SessionStatus.Phase;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The way to one coordinator, kept up over broken streams until the worker leaves. What the worker
 * holds belongs to the {@link Session}, whichever coordinator leads.
 *
 * <p>Messages come in on gRPC's thread of the stream. The phase changes under this object's lock;
 * connecting again, keep-alives and the watch over silence happen on the node's timer.
 */
final class Connection {

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private static final long DEFAULT_KEEP_ALIVE_MILLIS = 500;

  /**
   * So many tries to connect fit into the time for which a coordinator that begins to lead waits.
   */
  private static final long TRIES_IN_TIME = 4;

  /**
   * A connection that lasted this long was a good one: the back-off starts again at its first step.
   */
  private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * A coordinator that takes no reports for so many times the longest silence is as good as gone.
   */
  private static final long HELD_SILENCES = 10;

  /** Of an interval, so that what is said arrives within it. */
  private static final double SAYS_SOMETHING_AFTER = 7.0 / 8;

  private static final String LATER_LEADER = "a later leader is known";

  private final Channel channel;
  private final Node node;
  private final Session session;
  private volatile Phase phase = Phase.CONNECTING;
  private volatile @Nullable Link link;
  private volatile long keepAliveNanos = TimeUnit.MILLISECONDS.toNanos(DEFAULT_KEEP_ALIVE_MILLIS);
  private volatile String coordinator = "";
  private volatile String leader = "";
  private volatile String reason = "";
  private volatile long welcomes;
  private volatile Duration spread = Duration.ZERO;
  private long upNanos;
  private int failures;
  private @Nullable Future<?> watch;

  Connection(Channel channel, Node node, Session session) {
    this.channel = channel;
    this.node = node;
    this.session = session;
  }

  /** Whether more may be read: while too many reports wait, dispatches must wait too. */
  boolean accepting() {
    return phase != Phase.OPEN || session.outbox().accepting();
  }

  void writable() {
    session.outbox().flush();
  }

  SessionStatus status() {
    return new SessionStatus(
        phase,
        coordinator,
        leader,
        session.epoch(),
        welcomes,
        spread,
        session.outbox().backlog(),
        reason);
  }

  Phase phase() {
    return phase;
  }

  /** What the coordinator calls itself; empty before it has said so. */
  String coordinator() {
    return coordinator;
  }

  /** Whom this coordinator, which does not lead, takes for the leader; empty for nobody. */
  String leader() {
    return leader;
  }

  /** How long the coordinator has said nothing; for ever without a stream. */
  long silentNanos() {
    Link open = link;
    return open == null || !open.answered() ? Long.MAX_VALUE : open.silentNanos();
  }

  long silenceNanos() {
    return keepAliveNanos * node.options().timing().silentIntervals();
  }

  /** Opens a stream; when it breaks, another one is opened after a while, and so on. */
  void connect() {
    Link opening = new Link(this, node.clock());
    synchronized (this) {
      if (phase != Phase.CONNECTING && phase != Phase.BACKING_OFF) {
        return;
      }
      phase = Phase.CONNECTING;
      link = opening;
    }
    if (channel instanceof ManagedChannel managed) {
      // The channel's own back-off grows to minutes; the connection's is the one that counts.
      managed.resetConnectBackoff();
    }
    PartitionCalls.of(WorkerSessionsGrpc.newStub(channel), session.partition()).session(opening);
    session.greet(opening, 0);
    node.schedule(
        () -> {
          if (!opening.answered()) {
            opening.cancel("no welcome within " + node.options().timing().handshake());
          }
        },
        node.options().timing().handshake().toNanos());
  }

  /** A message of the coordinator. Kinds that are newer than this worker are ignored. */
  void received(Link from, CoordinatorMessage message) {
    if (from != link) {
      return;
    }
    switch (message.getKindCase()) {
      case WELCOME -> welcome(from, message.getWelcome());
      case STANDBY -> standBy(from, message.getStandby());
      case LEADS -> asked(from, message.getLeads());
      case DISPATCHES -> session.dispatched(from, message.getDispatches().getDispatchesList());
      case CANCELS -> session.cancelled(message.getCancels().getTokensList());
      case GOODBYE -> goodbye(from, message.getGoodbye());
      case CONFIRMATIONS -> session.outbox().confirmed(message.getConfirmations());
      case KEEP_ALIVE -> keptAlive(from, message.getKeepAlive());
      case KIND_NOT_SET -> {}
    }
  }

  private void keptAlive(Link from, KeepAlive said) {
    leader = said.getLeader();
    if (said.getProbe() != 0) {
      from.send(WorkerMessage.newBuilder().setKeepAlive(said).build());
    }
  }

  private void welcome(Link from, Welcome welcome) {
    synchronized (this) {
      if (from != link) {
        return;
      }
      coordinator = welcome.getCoordinator();
      spread = Duration.ofMillis(welcome.getSpreadMillis());
      welcomes++;
      up(from, welcome.getKeepAliveMillis(), welcome.getReturnMillis());
      if (phase == Phase.CONNECTING || phase == Phase.STANDBY) {
        phase = session.leaving() ? Phase.LEAVING : Phase.OPEN;
      }
    }
    session.partitions(welcome.getPartitions());
    if (session.welcomed(this, from, welcome)) {
      LOG.info("Coordinator '{}' leads this node under epoch {}", coordinator, welcome.getEpoch());
    } else {
      giveUp(from, LATER_LEADER);
    }
  }

  private void standBy(Link from, Standby standby) {
    synchronized (this) {
      if (from != link) {
        return;
      }
      coordinator = standby.getCoordinator();
      leader = standby.getLeader();
      up(from, standby.getKeepAliveMillis(), standby.getReturnMillis());
      if (phase == Phase.CONNECTING || phase == Phase.OPEN || phase == Phase.LEAVING) {
        phase = Phase.STANDBY;
      }
    }
    session.partitions(standby.getPartitions());
    session.standsBy(from);
  }

  private void asked(Link from, Leads leads) {
    leader = coordinator;
    if (!session.asked(from, leads)) {
      giveUp(from, LATER_LEADER);
    }
  }

  /** Ends a stream that is of no use, to open another one. */
  private void giveUp(Link useless, String why) {
    broken(useless, why);
    useless.cancel(why);
  }

  /** Opens another stream if the coordinator of this one takes itself for the leader. */
  void beginAnew() {
    Link open = link;
    if (open != null && (phase == Phase.OPEN || phase == Phase.LEAVING)) {
      giveUp(open, "no leader was heard of for too long");
    }
  }

  private void up(Link from, long keepAliveMillis, long returnMillis) {
    session.returnsWithin(TimeUnit.MILLISECONDS.toNanos(returnMillis));
    long intervalMillis = keepAliveMillis > 0 ? keepAliveMillis : DEFAULT_KEEP_ALIVE_MILLIS;
    keepAliveNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
    if (!from.answered()) {
      upNanos = node.nanos();
      from.markAnswered();
    }
    reason = "";
    unwatch();
    watch(from, 0);
  }

  /** Looks at the stream when something is to be said, or when its silence has been too long. */
  private synchronized void watch(Link watched, long delayNanos) {
    if (watched == link) {
      watch = node.later(() -> tick(watched), Math.max(1, delayNanos));
    }
  }

  /** Asks a coordinator that does not lead who does, if it has said nothing for so long. */
  void askIfSilent(long silentNanos, long patienceNanos) {
    Link open = link;
    if (open == null || phase != Phase.STANDBY || open.silentNanos() < silentNanos) {
      return;
    }
    if (open.ask() > patienceNanos) {
      giveUp(open, "it does not say who leads");
    }
  }

  private void tick(Link watched) {
    long longest = watched.held() ? HELD_SILENCES * silenceNanos() : silenceNanos();
    if (watched.silentNanos() > longest) {
      giveUp(
          watched,
          "nothing heard for " + Duration.ofNanos(watched.silentNanos()).toMillis() + " ms");
    } else {
      long next = watched.keepAlive((long) (keepAliveNanos * SAYS_SOMETHING_AFTER));
      session.outbox().flush();
      watch(watched, Math.min(next, longest - watched.silentNanos() + 1));
    }
  }

  private void goodbye(Link from, Goodbye goodbye) {
    if (goodbye.getRetry()) {
      giveUp(from, "the coordinator said goodbye: " + goodbye.getReason());
      return;
    }
    LOG.error("The coordinator rejects this node: {}", goodbye.getReason());
    end(from, Phase.REJECTED, goodbye.getReason());
    session.rejected(this);
    from.cancel("goodbye");
  }

  /** The stream is gone, for whatever reason; told once or more for each. */
  void broken(Link gone, String why) {
    long delayNanos;
    boolean news;
    synchronized (this) {
      if (gone != link) {
        return;
      }
      if (phase == Phase.LEAVING && gone.completed()) {
        end(gone, Phase.CLOSED, why);
        return;
      }
      if (phase != Phase.CONNECTING
          && phase != Phase.OPEN
          && phase != Phase.STANDBY
          && phase != Phase.LEAVING) {
        return;
      }
      gone.giveUp();
      boolean good = phase != Phase.CONNECTING && node.nanos() - upNanos > GOOD_NANOS;
      failures = good ? 0 : failures + 1;
      phase = Phase.BACKING_OFF;
      news = !why.equals(reason);
      reason = why;
      leader = "";
      unwatch();
      link = null;
      delayNanos = backOffNanos(Math.max(0, failures - 1));
    }
    session.broken(gone);
    gone.markEnded();
    // A coordinator that is gone for a day must not fill the log, at several attempts a second.
    LOG.atLevel(news ? Level.INFO : Level.DEBUG)
        .log(
            "No stream ({}); connecting again in {} ms, and so on",
            why,
            TimeUnit.NANOSECONDS.toMillis(delayNanos));
    node.schedule(this::connect, delayNanos);
  }

  private long backOffNanos(int doublings) {
    SessionTiming timing = node.options().timing();
    long first = timing.firstBackOff().toNanos();
    long longest =
        Math.min(timing.longestBackOff().toNanos(), session.returnsWithin() / TRIES_IN_TIME);
    long full = Math.max(1, Math.min(longest, first << Math.min(doublings, 20)));
    return full / 2 + node.environment().chance().nextLong(full / 2 + 1);
  }

  /** The node takes nothing more; the coordinator that leads is told by the session. */
  synchronized void leave() {
    if (phase == Phase.OPEN) {
      phase = Phase.LEAVING;
    }
  }

  /** Ends the stream at once and opens no other. */
  void close() {
    end(link, Phase.CLOSED, "closed");
  }

  boolean leadsOver(Channel other) {
    return channel.equals(other);
  }

  /** Ends the stream at once and opens no other. */
  void drop() {
    end(link, Phase.CLOSED, "the coordinator was given up");
  }

  private void end(@Nullable Link open, Phase last, String why) {
    synchronized (this) {
      if (phase == Phase.CLOSED || phase == Phase.REJECTED) {
        return;
      }
      phase = last;
      reason = why;
      unwatch();
      link = null;
      if (open != null) {
        open.giveUp();
      }
    }
    if (open != null) {
      session.broken(open);
      open.markEnded();
      open.cancel("closed");
    }
  }

  private void unwatch() {
    if (watch != null) {
      watch.cancel(false);
      watch = null;
    }
  }
}
