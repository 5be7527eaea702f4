package dev.capstan.server.nodes;

import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.Leads;
import dev.capstan.api.v1.SlotsChanged;
import dev.capstan.api.v1.Standby;
import dev.capstan.api.v1.Token;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.server.gateway.Refusal;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of one worker: new, in standby, asked, joining, open, ended. Messages arrive one after
 * the other on gRPC's threads; the watch over silence, the end of a commit, the directory and
 * changes of the leadership come on others. So the phase changes under a lock, and what the worker
 * is told of a change is put in order under the same one; nothing else happens while it is held. A
 * session that breaks a rule of the protocol ends alone.
 *
 * <p>Each question what the worker holds has a number, which the answer repeats: an answer that was
 * on its way while the leadership went and came again is none to the question that counts.
 */
final class Session implements StreamObserver<WorkerMessage> {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private enum Phase {
    NEW,
    /** Kept alive for the time when this coordinator leads. */
    STANDBY,
    /** This coordinator leads, and waits for the hello that it has asked for. */
    ASKED,
    JOINING,
    OPEN,
    ENDED
  }

  private final WorkerSessionService service;
  private final long number;
  private final NodeDirectory directory;
  private final NodeSettings settings;
  private final Intake intake;
  private final Outbox outbox;
  private final long slowBytes;
  private final @Nullable String proven;
  private final @Nullable Instant provenUntil;
  private final Probes probes = new Probes();
  private final Confirmations confirmations = new Confirmations();
  private final Object lock = new Object();
  private volatile Phase phase = Phase.NEW;
  private volatile @Nullable LiveNode node;
  private volatile boolean leaving;
  private volatile long heardNanos;

  /** Whom this coordinator named as the leader last, in standby. */
  private volatile String told = "";

  private long questions;
  private long askedTerm;
  private long joins;

  Session(
      WorkerSessionService service,
      long number,
      NodeDirectory directory,
      NodeSettings settings,
      Intake intake,
      ServerCallStreamObserver<CoordinatorMessage> stream,
      @Nullable String proven,
      @Nullable Instant provenUntil,
      long now) {
    this.proven = proven;
    this.provenUntil = provenUntil;
    this.service = service;
    this.number = number;
    this.directory = directory;
    this.settings = settings;
    this.intake = intake;
    this.outbox = new Outbox(stream, settings.limits().backlogBytes(), directory::capacityChanged);
    this.slowBytes = settings.limits().backlogBytes() / 4;
    this.heardNanos = now;
    stream.setOnReadyHandler(outbox::flush);
    stream.setOnCancelHandler(() -> disconnected("its connection broke"));
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
    heardNanos = service.nanos();
    long read = message.getDispatchesRead();
    if (read > 0 && confirmations.read(read, heardNanos)) {
      directory.capacityChanged();
    }
    try {
      if (message.hasHello()) {
        hello(message.getHello());
      } else if (phase == Phase.NEW) {
        end(NodeStatus.LOST, "", goodbye("hello must come first", false));
      } else if (message.hasLeave()) {
        leave();
      } else if (message.getKeepAlive().getAsks()) {
        sayWhoLeads();
      } else {
        LiveNode open = node;
        if (phase == Phase.OPEN && open != null) {
          received(open, message);
        }
      }
    } catch (RuntimeException e) {
      LOG.error("A message of {} could not be handled; its session ends", name(), e);
      end(NodeStatus.LOST, "a message of it could not be handled", goodbye("internal error", true));
    }
  }

  private void sayWhoLeads() {
    String leader = phase == Phase.OPEN ? null : service.leader();
    outbox.keepAlive(service.nanos(), 0, leader);
  }

  private void received(LiveNode open, WorkerMessage message) {
    switch (message.getKindCase()) {
      case REPORTS -> intake.reports(open, message.getReports().getReportsList());
      case PROGRESS -> intake.progress(open, message.getProgress());
      case DELIVERY -> intake.delivery(open, message.getDelivery());
      case OUTPUT -> intake.output(open, message.getOutput());
      case SLOTS -> slots(open, message.getSlots());
      case CAPABILITIES -> capabilities(open, message.getCapabilities());
      case KEEP_ALIVE -> probes.answered(message.getKeepAlive().getProbe(), service.nanos());
      case HELLO, LEAVE, KIND_NOT_SET -> {}
    }
  }

  @Override
  public void onError(Throwable error) {
    disconnected("its connection broke (" + Status.fromThrowable(error).getCode() + ")");
  }

  private void disconnected(String reason) {
    Phase before = ended();
    if (before == Phase.ENDED) {
      return;
    }
    outbox.close(null);
    LiveNode open = node;
    if (before == Phase.OPEN && open != null) {
      directory.disconnected(open, reason);
    }
  }

  /** Ends the session; answers the phase that it was in. */
  private Phase ended() {
    Phase before;
    synchronized (lock) {
      before = phase;
      phase = Phase.ENDED;
    }
    if (before != Phase.ENDED) {
      service.ended(this);
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
    return Math.max(0, service.nanos() - heardNanos);
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
    synchronized (lock) {
      phase = Phase.ENDED;
    }
    outbox.close(goodbye("the coordinator stops", true));
  }

  /** Says something when nothing else was said, and asks what is to ask. */
  void speak(long now) {
    if (provenUntil != null && service.isOver(provenUntil)) {
      moves("its certificate expired at " + provenUntil);
      return;
    }
    switch (phase) {
      case NEW, ENDED -> {}
      case STANDBY -> {
        standBy(now);
        if (directory.leads()) {
          coordinatorLeads();
        }
      }
      case ASKED, JOINING -> outbox.keepAlive(now, settings.pauseNanos(), service.leader());
      case OPEN -> {
        confirmations.look(now, settings.confirmNanos());
        outbox.keepAlive(now, settings.pauseNanos(), null);
      }
    }
  }

  /**
   * Watches over silence.
   *
   * @param until everything that had arrived then has been handled
   */
  void watch(long until) {
    long silence = until - heardNanos;
    switch (phase) {
      case NEW -> {
        if (silence > settings.helloWithin().toNanos()) {
          end(
              NodeStatus.LOST,
              "",
              goodbye("no hello within " + settings.helloWithin().toMillis() + " ms", true));
        }
      }
      case STANDBY -> endIfSilent(silence, settings.standbySilenceNanos());
      case ASKED -> endIfSilent(silence, settings.silenceNanos());
      case OPEN -> {
        LiveNode open = node;
        if (!endIfSilent(silence, settings.silenceNanos()) && open != null) {
          directory.suspect(open, silence > settings.suspectNanos());
        }
      }
      case JOINING, ENDED -> {}
    }
  }

  /** Ends the stream, so that the worker goes on over a connection that shows who it is now. */
  private void moves(String reason) {
    Phase before = ended();
    if (before == Phase.ENDED) {
      return;
    }
    outbox.close(goodbye(reason, true));
    LiveNode open = node;
    if (before == Phase.OPEN && open != null) {
      directory.moves(open, reason);
    }
  }

  private boolean endIfSilent(long silence, long longest) {
    if (!settings.silenceCounts() || silence <= longest) {
      return false;
    }
    end(
        NodeStatus.LOST,
        "nothing was heard of it for " + silence / 1_000_000 + " ms",
        goodbye("silence", true));
    return true;
  }

  /** Says at once when another coordinator leads, and something now and then. */
  private void standBy(long now) {
    String leader = service.leader();
    boolean news = !leader.equals(told);
    told = leader;
    outbox.keepAlive(now, news ? 0 : settings.standbyPauseNanos(), leader);
  }

  /**
   * This coordinator leads: a worker in standby is asked what it holds, and once a leadership. May
   * be told at any time and as often as one likes.
   */
  void coordinatorLeads() {
    synchronized (lock) {
      long term = directory.term();
      if (phase != Phase.STANDBY && (phase != Phase.ASKED || askedTerm >= term)) {
        return;
      }
      // In standby it had more time; the answer has as much as any other sign of life.
      heardNanos = service.nanos();
      phase = Phase.ASKED;
      askedTerm = term;
      outbox.add(
          CoordinatorMessage.newBuilder()
              .setLeads(Leads.newBuilder().setTerm(term).setNumber(++questions))
              .build());
    }
    outbox.flush();
  }

  /** This coordinator leads no more. What the worker holds is the business of the next leader. */
  void coordinatorFollows() {
    synchronized (lock) {
      if (phase != Phase.ASKED && phase != Phase.JOINING && phase != Phase.OPEN) {
        return;
      }
      node = null;
      confirmations.dropped(outbox.drop(), service.nanos());
      standBy();
    }
    outbox.flush();
  }

  /** Under the lock. */
  private void standBy() {
    phase = Phase.STANDBY;
    told = service.leader();
    outbox.add(
        CoordinatorMessage.newBuilder()
            .setStandby(
                Standby.newBuilder()
                    .setClusterId(settings.cluster())
                    .setCoordinator(settings.coordinator())
                    .setKeepAliveMillis(settings.standbyKeepAlive().toMillis())
                    .setReturnMillis(settings.returnMillis())
                    .setLeader(told)
                    .setPartitions(settings.partitions()))
            .build());
  }

  /** Takes a standstill of this process out of the account of silence. */
  void forgiveSilence(long now) {
    heardNanos = now;
  }

  private void hello(Hello hello) {
    if (isLate(hello.getAnswers())) {
      return;
    }
    List<String> faults = HelloCheck.faults(hello, settings.limits());
    if (!faults.isEmpty()) {
      LOG.warn("A worker was rejected: {}", faults);
      end(NodeStatus.LOST, "", goodbye("invalid hello: " + String.join("; ", faults), false));
      return;
    }
    if (proven != null && !proven.equals(hello.getNodeId())) {
      LOG.warn("Node {} said to be node {}; its session ends", proven, hello.getNodeId());
      end(
          NodeStatus.LOST,
          "",
          goodbye("the certificate is that of node " + proven + ", the hello is not", false));
      return;
    }
    confirmations.expect(hello.getConfirms());
    long number;
    synchronized (lock) {
      if (!isExpected(hello.getAnswers())) {
        breach();
        return;
      }
      boolean leads = directory.leads();
      number = leads ? ++joins : 0;
      if (leads) {
        phase = Phase.JOINING;
      } else {
        standBy();
      }
    }
    if (number == 0) {
      outbox.flush();
      if (directory.leads()) {
        coordinatorLeads();
      }
      return;
    }
    Map<AttemptToken, Token> held = new LinkedHashMap<>();
    hello.getHoldingList().forEach(token -> held.put(ReportReader.token(token), token));
    CompletableFuture<LiveNode> _ =
        directory
            .join(HelloCheck.profile(hello), hello.getEpoch(), Set.copyOf(held.keySet()), this)
            .whenComplete((joined, failure) -> joined(number, joined, failure, held));
  }

  /** Whether a hello answers a question that is void, or was answered before. */
  private boolean isLate(long answers) {
    synchronized (lock) {
      return phase == Phase.ENDED || (answers > 0 && answers <= questions && !isExpected(answers));
    }
  }

  /** Under the lock. */
  private boolean isExpected(long answers) {
    return (phase == Phase.NEW && answers == 0) || (phase == Phase.ASKED && answers == questions);
  }

  private void breach() {
    end(
        NodeStatus.LOST,
        "it said hello out of turn",
        goodbye("hello comes once, first, and then when it is asked for", true));
  }

  private void joined(
      long number,
      @Nullable LiveNode joined,
      @Nullable Throwable failure,
      Map<AttemptToken, Token> held) {
    boolean present;
    long spreadMillis = settings.spreadMillis(directory.connected());
    synchronized (lock) {
      present = phase == Phase.JOINING && joins == number;
      if (present && joined != null) {
        node = joined;
        phase = Phase.OPEN;
        heardNanos = service.nanos();
        held.keySet().removeAll(joined.held.keySet());
        outbox.add(
            CoordinatorMessage.newBuilder()
                .setWelcome(welcome(joined, held.values()).setSpreadMillis(spreadMillis))
                .build());
      } else if (present && (!directory.leads() || isOfLeadership(failure))) {
        standBy();
        present = false;
      }
    }
    outbox.flush();
    if (present && joined != null) {
      directory.stale(joined, ofEarlierSessions(joined, held.keySet()));
      directory.opened(joined);
    } else if (present) {
      String reason = failure == null ? "refused" : String.valueOf(cause(failure).getMessage());
      end(NodeStatus.LOST, "", goodbye("not joined: " + reason, true));
    } else if (joined != null) {
      directory.disconnected(joined, "its connection broke while it joined");
    }
  }

  /** Those of this session that are not wanted are reports that came twice, as after any break. */
  private static List<AttemptToken> ofEarlierSessions(
      LiveNode joined, Collection<AttemptToken> released) {
    return released.stream().filter(token -> token.epoch() != joined.epoch).toList();
  }

  /**
   * Whether a join failed because the leadership comes or goes: the session is told of that soon,
   * or asks again with the next tick.
   */
  private static boolean isOfLeadership(@Nullable Throwable failure) {
    if (failure == null || !(cause(failure) instanceof Refusal refusal)) {
      return false;
    }
    return refusal.code() == Refusal.Code.NOT_READY
        || refusal.code() == Refusal.Code.OUTCOME_UNKNOWN
        || refusal.code() == Refusal.Code.STORAGE_FAILED;
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }

  private Welcome.Builder welcome(LiveNode joined, Collection<Token> released) {
    return Welcome.newBuilder()
        .setEpoch(joined.epoch)
        .setTerm(joined.term)
        .setClusterId(settings.cluster())
        .setCoordinator(settings.coordinator())
        .setKeepAliveMillis(settings.keepAlive().toMillis())
        .setReturnMillis(settings.returnMillis())
        .setMaxResultBytes(settings.limits().payloadBytes())
        .setPartitions(settings.partitions())
        .addAllReleased(released);
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
    LiveNode open = node;
    if (phase == Phase.OPEN && open != null) {
      directory.leaving(open);
    }
  }

  private void end(NodeStatus status, String reason, @Nullable CoordinatorMessage farewell) {
    Phase before = ended();
    if (before == Phase.ENDED) {
      return;
    }
    outbox.close(farewell);
    LiveNode open = node;
    if (before == Phase.OPEN && open != null) {
      directory.gone(open, status, reason);
    }
  }

  private String name() {
    LiveNode open = node;
    return open == null ? "a node that has not joined" : "node " + open.id();
  }

  private static CoordinatorMessage goodbye(String reason, boolean retry) {
    return CoordinatorMessage.newBuilder()
        .setGoodbye(Goodbye.newBuilder().setReason(reason).setRetry(retry))
        .build();
  }
}
