package dev.capstan.worker;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.Standby;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import dev.capstan.worker.SessionStatus.Phase;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
   * A connection that lasted this long was a good one: the back-off starts again at its first step.
   */
  private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * A coordinator that takes no reports for so many times the longest silence is as good as gone.
   */
  private static final long HELD_SILENCES = 10;

  private final Channel channel;
  private final Node node;
  private final Session session;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile Phase phase = Phase.CONNECTING;
  private volatile @Nullable Link link;
  private volatile long keepAliveNanos = TimeUnit.MILLISECONDS.toNanos(DEFAULT_KEEP_ALIVE_MILLIS);
  private volatile String coordinator = "";
  private volatile String leader = "";
  private volatile String reason = "";
  private volatile long welcomes;
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
        phase, coordinator, session.epoch(), welcomes, session.outbox().backlog(), reason);
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
    Link opening = new Link(this);
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
    WorkerSessionsGrpc.newStub(channel).session(opening);
    session.greet(opening);
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
      case LEADS -> session.follow(this, from);
      case DISPATCHES -> session.dispatched(this, message.getDispatches().getDispatchesList());
      case CANCELS -> session.cancelled(message.getCancels().getTokensList());
      case GOODBYE -> goodbye(from, message.getGoodbye());
      case KEEP_ALIVE -> leader = message.getKeepAlive().getLeader();
      case KIND_NOT_SET -> {}
    }
  }

  private void welcome(Link from, Welcome welcome) {
    synchronized (this) {
      coordinator = welcome.getCoordinator();
      welcomes++;
      up(from, welcome.getKeepAliveMillis());
      if (phase == Phase.CONNECTING || phase == Phase.STANDBY) {
        phase = Phase.OPEN;
      }
    }
    session.welcomed(this, from, welcome);
    LOG.info("Coordinator '{}' leads this node under epoch {}", coordinator, welcome.getEpoch());
  }

  private void standBy(Link from, Standby standby) {
    synchronized (this) {
      coordinator = standby.getCoordinator();
      leader = standby.getLeader();
      up(from, standby.getKeepAliveMillis());
      if (phase == Phase.CONNECTING || phase == Phase.OPEN) {
        phase = Phase.STANDBY;
      }
    }
    session.standsBy(this, from);
  }

  private void up(Link from, long keepAliveMillis) {
    long intervalMillis = keepAliveMillis > 0 ? keepAliveMillis : DEFAULT_KEEP_ALIVE_MILLIS;
    keepAliveNanos = TimeUnit.MILLISECONDS.toNanos(intervalMillis);
    if (!from.answered()) {
      upNanos = System.nanoTime();
      from.markAnswered();
    }
    reason = "";
    if (watch != null) {
      watch.cancel(false);
    }
    watch = node.repeat(() -> tick(from), Math.max(1, keepAliveNanos / 3));
  }

  private void tick(Link watched) {
    long longest = watched.held() ? HELD_SILENCES * silenceNanos() : silenceNanos();
    if (watched.silentNanos() > longest) {
      String silence =
          "nothing heard for " + Duration.ofNanos(watched.silentNanos()).toMillis() + " ms";
      watched.cancel(silence);
      broken(watched, silence);
    } else if (phase == Phase.STANDBY) {
      watched.send(WorkerMessage.newBuilder().setKeepAlive(KeepAlive.getDefaultInstance()).build());
    } else {
      session.outbox().keepAlive(Math.max(1, keepAliveNanos / 3));
    }
  }

  private void goodbye(Link from, Goodbye goodbye) {
    if (goodbye.getRetry()) {
      broken(from, "the coordinator said goodbye: " + goodbye.getReason());
      from.cancel("goodbye");
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
    synchronized (this) {
      if (gone != link) {
        return;
      }
      if (phase == Phase.LEAVING) {
        end(gone, Phase.CLOSED, why);
        return;
      }
      if (phase != Phase.CONNECTING && phase != Phase.OPEN && phase != Phase.STANDBY) {
        return;
      }
      boolean good = phase != Phase.CONNECTING && System.nanoTime() - upNanos > GOOD_NANOS;
      failures = good ? 0 : failures + 1;
      phase = Phase.BACKING_OFF;
      reason = why;
      leader = "";
      unwatch();
      link = null;
      delayNanos = backOffNanos(Math.max(0, failures - 1));
    }
    session.broken(this, gone);
    LOG.info(
        "No stream ({}); connecting again in {} ms",
        why,
        TimeUnit.NANOSECONDS.toMillis(delayNanos));
    node.schedule(this::connect, delayNanos);
  }

  private long backOffNanos(int doublings) {
    SessionTiming timing = node.options().timing();
    long first = timing.firstBackOff().toNanos();
    long full = Math.min(timing.longestBackOff().toNanos(), first << Math.min(doublings, 20));
    return full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
  }

  /**
   * Takes nothing more.
   *
   * @return whether the coordinator is to be told, over the outbox
   */
  boolean leave(String why) {
    synchronized (this) {
      if (phase == Phase.OPEN) {
        phase = Phase.LEAVING;
        return true;
      }
    }
    end(link, Phase.CLOSED, why);
    return false;
  }

  /**
   * Ends the stream in order: the coordinator gets all reports, and ends it too or is left after
   * {@code patience}.
   */
  void close(Duration patience) throws InterruptedException {
    Link open = link;
    if (phase == Phase.LEAVING && open != null) {
      session.outbox().complete(open);
      boolean _ = over.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    }
    end(open, Phase.CLOSED, "closed");
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
    }
    over.countDown();
    if (open != null) {
      session.broken(this, open);
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
