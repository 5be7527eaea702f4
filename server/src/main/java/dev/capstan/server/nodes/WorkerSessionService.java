package dev.capstan.server.nodes;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import dev.capstan.node.env.Clock;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.store.Store;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the streams of workers. Has no thread of its own: {@link #tick} is to be called a few times
 * in each keep-alive interval.
 */
public final class WorkerSessionService extends WorkerSessionsGrpc.WorkerSessionsImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerSessionService.class);

  /** Streams that have not joined yet, beyond those of all nodes. */
  private static final int SPARE_STREAMS = 100;

  /**
   * Where more than one node in so many seems to hear nothing, it is not the way to each of them
   * that is broken: they are out of breath, and would be more so if they were lost.
   */
  private static final int DEAF_PART = 10;

  /**
   * A new leader asks all nodes at once, and many that answer late are out of breath too. In a
   * small cluster there are not so many.
   */
  private static final int FEW_UNANSWERED = 10;

  private final NodeDirectory directory;
  private final NodeSettings settings;
  private final Intake intake;
  private final Supplier<@Nullable String> leader;
  private final Admittance admittance;
  private final Hearing hearing;
  private final Clock clock;

  /** In the order in which they came. */
  private final ConcurrentNavigableMap<Long, Session> sessions = new ConcurrentSkipListMap<>();

  private final AtomicLong opened = new AtomicLong();
  private volatile boolean stopped;
  private long tickedNanos;
  private boolean listening;

  /** Since when the present round listens. */
  private long listenedNanos;

  private long rounds;

  /**
   * Sessions of one coordinator; {@link #lead} is to be called when it leads.
   *
   * @param leader tells which coordinator leads, as far as this one knows
   * @param admittance who is let in
   * @param hearing when what has been sent to the sessions is handled
   */
  public WorkerSessionService(
      NodeDirectory directory,
      NodeSettings settings,
      AttemptSignals signals,
      Supplier<@Nullable String> leader,
      Admittance admittance,
      Hearing hearing,
      Clock clock) {
    this.directory = directory;
    this.settings = settings;
    this.intake = new Intake(directory, settings.limits(), signals);
    this.leader = leader;
    this.admittance = admittance;
    this.hearing = hearing;
    this.clock = clock;
    this.tickedNanos = clock.nanos();
  }

  @Override
  public StreamObserver<WorkerMessage> session(StreamObserver<CoordinatorMessage> responses) {
    return open(
        (ServerCallStreamObserver<CoordinatorMessage>) responses,
        admittance.proven(),
        admittance.provenUntil(),
        true);
  }

  /**
   * Takes the stream of a worker that this coordinator speaks for, and that has proven in another
   * way who it is.
   *
   * @param node what the worker is called; no certificate may have this name
   * @return takes what the worker says, one message after the other
   */
  public StreamObserver<WorkerMessage> host(
      ServerCallStreamObserver<CoordinatorMessage> stream, String node) {
    return open(stream, node, null, false);
  }

  private Session open(
      ServerCallStreamObserver<CoordinatorMessage> stream,
      @Nullable String proven,
      @Nullable Instant provenUntil,
      boolean attends) {
    Session session =
        new Session(
            this,
            opened.incrementAndGet(),
            directory,
            settings,
            intake,
            stream,
            proven,
            provenUntil,
            attends,
            clock.nanos());
    if (stopped || sessions.size() >= settings.limits().nodes() + SPARE_STREAMS) {
      String reason = stopped ? "the coordinator stops" : "too many sessions";
      stream.onNext(
          CoordinatorMessage.newBuilder()
              .setGoodbye(Goodbye.newBuilder().setReason(reason).setRetry(true))
              .build());
      session.shutdown();
      return session;
    }
    sessions.put(session.number(), session);
    // Now, since whoever was put out before this was not among those that were told.
    recheck(session);
    return session;
  }

  /**
   * Says something to workers that have heard nothing for long, and watches over their silence. A
   * process that stood still itself for a while heard nobody, and that is no fault of theirs; nor
   * is it when what they said has arrived and nobody has had the time to handle it.
   */
  public synchronized void tick() {
    long now = clock.nanos();
    boolean stoodStill = now - tickedNanos > settings.suspectNanos();
    if (stoodStill) {
      directory.stoodStill(now - tickedNanos);
      listenedNanos = now;
    }
    tickedNanos = now;
    for (Session session : sessions.values()) {
      if (stoodStill) {
        session.forgiveSilence(now);
      }
      session.speak(now);
    }
    if (listening && now - listenedNanos > settings.deafNanos()) {
      heard(rounds);
    }
    if (!listening) {
      listening = true;
      listenedNanos = now;
      long round = ++rounds;
      var _ = hearing.caughtUp().thenRun(() -> heard(round));
    }
    directory.tick(now);
  }

  /**
   * Has {@link #tick} called when something is due, beside its rhythm.
   *
   * @param calls calls it once after so long, in a thread of its own
   */
  public void remindBy(Consumer<Duration> calls) {
    directory.remindBy(calls);
  }

  /** Everything has been handled that had been sent when this round began. */
  private synchronized void heard(long round) {
    if (!listening || round != rounds) {
      return;
    }
    listening = false;
    long now = clock.nanos();
    long late = now - listenedNanos;
    boolean standsStill = now - tickedNanos > settings.suspectNanos();
    if (late > settings.suspectNanos() && !standsStill) {
      LOG.warn("What workers say was handled {} ms late", late / 1_000_000);
      directory.stoodStill(late);
    }
    long deaf = sessions.values().stream().filter(each -> each.isDeaf(listenedNanos)).count();
    boolean few = deaf <= Math.max(1, sessions.size() / DEAF_PART);
    long silent =
        sessions.values().stream().filter(each -> each.isUnanswered(listenedNanos)).count();
    boolean fewSilent = silent <= Math.max(FEW_UNANSWERED, sessions.size() / DEAF_PART);
    for (Session session : sessions.values()) {
      session.watch(listenedNanos, few, fewSilent);
    }
  }

  /**
   * This coordinator leads: workers may join, and those in standby are asked what they hold. Before
   * this and after {@link #follow} streams are only kept alive. Returns at once.
   *
   * @param term of the leadership; greater than that of any before, or the same again
   */
  public void lead(long term, PartitionRequests requests, Store store) {
    directory.lead(term, requests, store);
    askAll();
  }

  void askAll() {
    sessions.values().forEach(Session::coordinatorLeads);
  }

  /** This coordinator leads no more. Returns at once. */
  public void follow() {
    directory.follow();
    sessions.values().forEach(Session::coordinatorFollows);
  }

  /** Ends the sessions of nodes that were put out. */
  public void recheck() {
    sessions.values().forEach(this::recheck);
  }

  private void recheck(Session session) {
    String node = session.proven();
    if (node != null && admittance.isEvicted(node)) {
      session.removed();
    }
  }

  /** The coordinator that leads, as far as this one knows; empty if none does. */
  String leader() {
    String known = leader.get();
    return known == null ? "" : known;
  }

  /** Says goodbye to all; workers try again elsewhere or later. */
  public void shutdown() {
    stopped = true;
    directory.stop();
    sessions.values().forEach(Session::shutdown);
    sessions.clear();
  }

  /** How many streams there are. */
  int sessions() {
    return sessions.size();
  }

  void ended(Session session) {
    sessions.remove(session.number());
  }

  long nanos() {
    return clock.nanos();
  }

  /** Whether a time is over by the wall clock. */
  boolean isOver(Instant time) {
    return clock.wallMillis() > time.toEpochMilli();
  }
}
