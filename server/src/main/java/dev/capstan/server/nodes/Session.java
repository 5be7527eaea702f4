package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.SessionMessages.goodbye;

import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.server.nodes.SessionPhases.Phase;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of one worker. Messages arrive one after the other on gRPC's threads; the watch over
 * silence, the end of a commit, the directory and changes of the leadership come on others. So all
 * that they decide on together is in {@link SessionPhases}, which has a lock. A session that breaks
 * a rule of the protocol ends alone.
 */
final class Session implements StreamObserver<WorkerMessage> {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private final WorkerSessionService service;
  private final long number;
  private final NodeDirectory directory;
  private final NodeSettings settings;
  private final Intake intake;
  private final Outbox outbox;
  private final long slowBytes;
  private final @Nullable String proven;
  private final @Nullable Instant provenUntil;
  private final boolean attends;
  private final Probes probes = new Probes();
  private final Confirmations confirmations = new Confirmations();
  private final SessionPhases phases;
  private final Handshake handshake;
  private volatile boolean leaving;

  /** Who is at the other end, from its first hello on. */
  private volatile @Nullable String attendee;

  /**
   * @param attends whether the stream comes and goes with its worker, and not with the leadership
   */
  Session(
      WorkerSessionService service,
      long number,
      NodeDirectory directory,
      NodeSettings settings,
      Intake intake,
      ServerCallStreamObserver<CoordinatorMessage> stream,
      @Nullable String proven,
      @Nullable Instant provenUntil,
      boolean attends,
      long now) {
    this.proven = proven;
    this.attends = attends;
    this.provenUntil = provenUntil;
    this.service = service;
    this.number = number;
    this.directory = directory;
    this.settings = settings;
    this.intake = intake;
    this.outbox = new Outbox(stream, settings.limits().backlogBytes(), directory::capacityChanged);
    this.slowBytes = settings.limits().backlogBytes() / 4;
    SessionMessages messages = new SessionMessages(settings);
    this.phases = new SessionPhases(outbox, messages, new Seen(service, directory), now);
    this.handshake =
        new Handshake(
            directory, settings, proven, outbox, confirmations, messages, phases, new Joining());
    stream.setOnReadyHandler(outbox::flush);
    stream.setOnCancelHandler(() -> disconnected("its connection broke"));
  }

  /** The coordinator as a session sees it. */
  private record Seen(WorkerSessionService service, NodeDirectory directory)
      implements SessionPhases.Coordinator {
    @Override
    public boolean leads() {
      return directory.leads();
    }

    @Override
    public long term() {
      return directory.term();
    }

    @Override
    public String leader() {
      return service.leader();
    }

    @Override
    public long nanos() {
      return service.nanos();
    }
  }

  private final class Joining implements Handshake.Stream {
    @Override
    public void spoke(String node) {
      Session.this.spoke(node);
    }

    @Override
    public CompletableFuture<LiveNode> join(
        NodeProfile profile, long epoch, Set<AttemptToken> held) {
      return directory.join(profile, epoch, held, Session.this);
    }

    @Override
    public void end(String reason, CoordinatorMessage farewell) {
      Session.this.end(NodeStatus.LOST, reason, farewell);
    }
  }

  private void spoke(String node) {
    if (!attends) {
      return;
    }
    if (!node.equals(attendee)) {
      // Where nobody has to prove who he is, he may call himself otherwise.
      went(null);
      attendee = node;
    }
    directory.spoke(node, number);
    if (phases.phase() == Phase.ENDED) {
      went(null);
    }
  }

  private void went(Attendance.@Nullable Sign sign) {
    String gone = attendee;
    if (gone != null) {
      directory.went(gone, number, sign);
    }
  }

  /** Which one it is of those that this coordinator has had, from 1. */
  long number() {
    return number;
  }

  /** The node that the other end has proven to be; null if it need not. */
  @Nullable String proven() {
    return proven;
  }

  @Override
  public void onNext(WorkerMessage message) {
    long now = service.nanos();
    phases.heard(now);
    long read = message.getDispatchesRead();
    probes.read(read);
    if (read > 0 && confirmations.read(read, now)) {
      directory.capacityChanged();
    }
    probes.answered(message.getKeepAlive().getProbe(), now);
    try {
      if (message.hasHello()) {
        handshake.hello(message.getHello());
      } else if (phases.phase() == Phase.NEW) {
        end(NodeStatus.LOST, "", goodbye("hello must come first", false));
      } else if (message.hasLeave()) {
        leave();
      } else if (message.getKeepAlive().getAsks()) {
        sayWhoLeads();
      } else {
        LiveNode open = phases.open();
        if (open != null) {
          received(open, message);
        }
      }
    } catch (RuntimeException e) {
      LOG.error("A message of {} could not be handled; its session ends", name(), e);
      end(NodeStatus.LOST, "a message of it could not be handled", goodbye("internal error", true));
    }
  }

  private void sayWhoLeads() {
    long now = service.nanos();
    outbox.keepAlive(
        now, 0, phases.phase() == Phase.OPEN ? () -> probes.keepAlive(now) : this::whoLeads);
  }

  private void received(LiveNode open, WorkerMessage message) {
    switch (message.getKindCase()) {
      case REPORTS -> intake.reports(open, message.getReports().getReportsList());
      case PROGRESS -> intake.progress(open, message.getProgress());
      case DELIVERY -> intake.delivery(open, message.getDelivery());
      case OUTPUT -> intake.output(open, message.getOutput());
      case SLOTS -> slots(open, message.getSlots());
      case CAPABILITIES -> capabilities(open, message.getCapabilities());
      case HELLO, LEAVE, KEEP_ALIVE, KIND_NOT_SET -> {}
    }
  }

  @Override
  public void onError(Throwable error) {
    disconnected("its connection broke (" + Status.fromThrowable(error).getCode() + ")");
  }

  private void disconnected(String reason) {
    Phase before = ended(Attendance.Sign.BROKEN);
    if (before == Phase.ENDED) {
      return;
    }
    outbox.close(null);
    LiveNode open = phases.node();
    if (before == Phase.OPEN && open != null) {
      directory.disconnected(open, reason);
    }
  }

  /**
   * Ends the session; answers the phase that it was in.
   *
   * @param sign what that says of the node; null for nothing
   */
  private Phase ended(Attendance.@Nullable Sign sign) {
    Phase before = phases.end();
    if (before != Phase.ENDED) {
      service.ended(this);
      went(sign);
    }
    return before;
  }

  @Override
  public void onCompleted() {
    if (leaving) {
      end(NodeStatus.LEFT, "it left", null);
    } else {
      end(NodeStatus.LOST, "it ended its session without leaving", null);
    }
  }

  /**
   * Adds attempts to what goes out. A worker that does not read what it was sent loses its session.
   */
  void dispatch(List<Dispatch> dispatches) {
    confirmations.sent(dispatches.size(), service.nanos());
    if (!outbox.dispatch(dispatches)) {
      end(
          NodeStatus.LOST,
          "it does not read what is sent to it",
          goodbye("too slow: the backlog is full", true));
    }
  }

  void confirm(AttemptToken token, long number) {
    outbox.confirm(ReportReader.token(token), number);
  }

  void cancel(AttemptToken token) {
    outbox.cancel(ReportReader.token(token));
  }

  /** Asks the worker whether it is there; completes with the nanoseconds that its answer took. */
  CompletableFuture<Long> probe() {
    Probes.Question question = probes.ask(service.nanos());
    outbox.add(question.message());
    outbox.flush();
    return question.round();
  }

  /** Since the worker was heard last. */
  long silentNanos() {
    return Math.max(0, service.nanos() - phases.heardNanos());
  }

  /** Whether so much waits for the worker, or for so long, that it gets nothing new. */
  boolean isSlow() {
    return confirmations.isLate() || outbox.backlogBytes() > slowBytes;
  }

  /**
   * Another stream has taken its place.
   *
   * @param resumed the same session goes on there; else another one has begun, perhaps of another
   *     process
   */
  void replaced(boolean resumed) {
    end(
        NodeStatus.LOST,
        "another session of it began",
        resumed
            ? goodbye("the session goes on over another stream", true)
            : goodbye("another session of this node began", false));
  }

  /** An operator has removed the node. */
  void removed() {
    end(NodeStatus.LEFT, "it was removed", goodbye("this node was removed", false));
  }

  /** The coordinator stops. */
  void shutdown() {
    Phase _ = phases.end();
    outbox.close(goodbye("the coordinator stops", true));
  }

  /** Says something when nothing else was said, and asks what is to ask. */
  void speak(long now) {
    if (provenUntil != null && service.isOver(provenUntil)) {
      moves("its certificate expired at " + provenUntil);
      return;
    }
    Phase phase = phases.phase();
    if (phase != Phase.OPEN) {
      probes.forgive(now);
    }
    switch (phase) {
      case NEW, ENDED -> {}
      case STANDBY -> {
        standBy(now);
        if (directory.leads()) {
          coordinatorLeads();
        }
      }
      case ASKED, JOINING -> outbox.keepAlive(now, settings.pauseNanos(), this::whoLeads);
      case OPEN -> {
        confirmations.look(now, settings.confirmNanos());
        outbox.keepAlive(now, settings.pauseNanos(), () -> probes.keepAlive(now));
      }
    }
  }

  /**
   * Whether the node speaks and shows no sign of hearing for as long as makes it suspect.
   *
   * @param until as for {@link #watch}
   */
  boolean isDeaf(long until) {
    return phases.phase() == Phase.OPEN
        && probes.deafNanos(until, service.nanos()) > settings.suspectNanos();
  }

  /**
   * Whether the worker was asked what it holds, and said nothing for as long as ends its session.
   *
   * @param until as for {@link #watch}
   */
  boolean isUnanswered(long until) {
    return phases.phase() == Phase.ASKED && until - phases.heardNanos() > settings.silenceNanos();
  }

  /**
   * Watches over silence.
   *
   * @param until everything that had arrived then has been handled
   * @param deafCounts whether a node that shows no sign of hearing is lost
   * @param unansweredCounts whether a node that was asked what it holds, and is silent, is lost
   */
  void watch(long until, boolean deafCounts, boolean unansweredCounts) {
    long silence = until - phases.heardNanos();
    switch (phases.phase()) {
      case NEW -> {
        if (silence > settings.helloWithin().toNanos()) {
          end(
              NodeStatus.LOST,
              "",
              goodbye("no hello within " + settings.helloWithin().toMillis() + " ms", true));
        }
      }
      case STANDBY -> endIfSilent(silence, settings.standbySilenceNanos(), null);
      case ASKED ->
          endIfSilent(
              silence, settings.silenceNanos(), unansweredCounts ? Attendance.Sign.SILENT : null);
      case OPEN -> {
        LiveNode open = phases.node();
        long deaf = probes.deafNanos(until, service.nanos());
        if (!endIfSilent(silence, settings.silenceNanos(), Attendance.Sign.SILENT)
            && !(deafCounts && endIfDeaf(deaf))
            && open != null) {
          directory.suspect(open, Math.max(silence, deaf) > settings.suspectNanos());
        }
      }
      case JOINING, ENDED -> {}
    }
  }

  /** Ends the stream, so that the worker goes on over a connection that shows who it is now. */
  private void moves(String reason) {
    Phase before = ended(null);
    if (before == Phase.ENDED) {
      return;
    }
    outbox.close(goodbye(reason, true));
    LiveNode open = phases.node();
    if (before == Phase.OPEN && open != null) {
      directory.moves(open, reason);
    }
  }

  /**
   * @param sign what that says of the node; null for nothing
   */
  private boolean endIfSilent(long silence, long longest, Attendance.@Nullable Sign sign) {
    if (!settings.silenceCounts() || silence <= longest) {
      return false;
    }
    end(
        NodeStatus.LOST,
        "nothing was heard of it for " + silence / 1_000_000 + " ms",
        goodbye("silence", true),
        sign);
    return true;
  }

  /** One that can be heard and does not hear, or does not come to it. */
  private boolean endIfDeaf(long deaf) {
    if (!settings.silenceCounts() || deaf <= settings.silenceNanos()) {
      return false;
    }
    end(
        NodeStatus.LOST,
        "it showed no sign of hearing for " + deaf / 1_000_000 + " ms",
        goodbye("no answer", true));
    return true;
  }

  private CoordinatorMessage whoLeads() {
    return CoordinatorMessage.newBuilder()
        .setKeepAlive(KeepAlive.newBuilder().setLeader(service.leader()))
        .build();
  }

  /** Says at once when another coordinator leads, and something now and then. */
  private void standBy(long now) {
    String leader = service.leader();
    boolean news = phases.tells(leader);
    outbox.keepAlive(now, news ? 0 : settings.standbyPauseNanos(), this::whoLeads);
  }

  /**
   * This coordinator leads: a worker in standby is asked what it holds, and once a leadership. May
   * be told at any time and as often as one likes.
   */
  void coordinatorLeads() {
    if (phases.leads()) {
      outbox.flush();
    }
  }

  /** This coordinator leads no more. What the worker holds is the business of the next leader. */
  void coordinatorFollows() {
    if (phases.follows(dropped -> confirmations.dropped(dropped, service.nanos()))) {
      outbox.flush();
    }
  }

  /** Takes a standstill of this process out of the account of silence. */
  void forgiveSilence(long now) {
    phases.heard(now);
    probes.forgive(now);
  }

  private void slots(LiveNode open, SlotsChanged changed) {
    int slots = changed.getSlots();
    if (slots < 0 || slots > settings.limits().slotsPerNode()) {
      end(
          NodeStatus.LOST,
          "it offered " + slots + " slots",
          goodbye("slots must be from 0 to the limit", false));
      return;
    }
    directory.slots(open, slots, changed.getElsewhere());
  }

  private void capabilities(LiveNode open, Capabilities said) {
    List<String> faults = HelloCheck.faults(said, settings.limits());
    if (!faults.isEmpty()) {
      end(
          NodeStatus.LOST,
          "it said something of itself that can't be: " + faults,
          goodbye("invalid capabilities: " + String.join("; ", faults), false));
      return;
    }
    directory.changed(open, HelloCheck.capabilities(said));
  }

  private void leave() {
    leaving = true;
    LiveNode open = phases.open();
    if (open != null) {
      directory.leaving(open);
    }
  }

  private void end(NodeStatus status, String reason, @Nullable CoordinatorMessage farewell) {
    end(status, reason, farewell, null);
  }

  private void end(
      NodeStatus status,
      String reason,
      @Nullable CoordinatorMessage farewell,
      Attendance.@Nullable Sign sign) {
    Phase before = ended(sign);
    if (before == Phase.ENDED) {
      return;
    }
    outbox.close(farewell);
    LiveNode open = phases.node();
    if (before == Phase.OPEN && open != null) {
      directory.gone(open, status, reason);
    }
  }

  private String name() {
    LiveNode open = phases.node();
    return open == null ? "a node that has not joined" : "node " + open.id();
  }
}
