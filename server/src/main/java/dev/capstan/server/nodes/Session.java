package dev.capstan.server.nodes;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.Leads;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Standby;
import dev.capstan.api.v1.Token;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of one worker: new, in standby, joining, open, ended. Messages arrive one after the
 * other on gRPC's threads; the watch over silence, the end of a commit, the directory and changes
 * of the leadership come on others, so the phase changes atomically. A session that breaks a rule
 * of the protocol ends alone.
 */
final class Session implements StreamObserver<WorkerMessage> {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private enum Phase {
    NEW,
    /** Kept alive for the time when this coordinator leads. */
    STANDBY,
    JOINING,
    OPEN,
    ENDED
  }

  private final WorkerSessionService service;
  private final NodeDirectory directory;
  private final NodeSettings settings;
  private final ReportReader reader;
  private final AttemptSignals signals;
  private final Outbox outbox;
  private final long slowBytes;
  private final @Nullable String proven;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.NEW);
  private volatile @Nullable LiveNode node;
  private volatile boolean leaving;
  private volatile long heardNanos;

  Session(
      WorkerSessionService service,
      NodeDirectory directory,
      NodeSettings settings,
      ReportReader reader,
      AttemptSignals signals,
      ServerCallStreamObserver<CoordinatorMessage> stream,
      @Nullable String proven,
      long now) {
    this.proven = proven;
    this.service = service;
    this.directory = directory;
    this.settings = settings;
    this.reader = reader;
    this.signals = signals;
    this.outbox = new Outbox(stream, settings.limits().backlogBytes(), directory::capacityChanged);
    this.slowBytes = settings.limits().backlogBytes() / 4;
    this.heardNanos = now;
    stream.setOnReadyHandler(outbox::flush);
    stream.setOnCancelHandler(() -> disconnected("its connection broke"));
  }

  /** The node that the other end has proven to be; null if it need not. */
  @Nullable String proven() {
    return proven;
  }

  @Override
  public void onNext(WorkerMessage message) {
    heardNanos = service.nanos();
    try {
      switch (message.getKindCase()) {
        case HELLO -> hello(message.getHello());
        case REPORTS -> reports(message.getReports().getReportsList());
        case PROGRESS -> progress(message.getProgress());
        case OUTPUT -> output(message.getOutput());
        case SLOTS -> slots(message.getSlots().getSlots());
        case LEAVE -> leave();
        case KEEP_ALIVE, KIND_NOT_SET -> {}
      }
    } catch (RuntimeException e) {
      LOG.error("A message of {} could not be handled; its session ends", name(), e);
      end(NodeStatus.LOST, "a message of it could not be handled", goodbye("internal error", true));
    }
  }

  @Override
  public void onError(Throwable error) {
    disconnected("its connection broke (" + Status.fromThrowable(error).getCode() + ")");
  }

  private void disconnected(String reason) {
    Phase before = phase.getAndSet(Phase.ENDED);
    if (before == Phase.ENDED) {
      return;
    }
    service.ended(this);
    outbox.close(null);
    LiveNode open = node;
    if (before == Phase.OPEN && open != null) {
      directory.disconnected(open, reason);
    }
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
    if (!outbox.dispatch(dispatches)) {
      end(
          NodeStatus.LOST,
          "it does not read what is sent to it",
          goodbye("too slow: the backlog is full", true));
    }
  }

  void cancel(AttemptToken token) {
    outbox.cancel(ReportReader.token(token));
  }

  /** Whether so much waits for the worker that it gets nothing new. */
  boolean isSlow() {
    return outbox.backlogBytes() > slowBytes;
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
    phase.set(Phase.ENDED);
    outbox.close(goodbye("the coordinator stops", true));
  }

  /** Watches over silence and says something when nothing else was said. */
  void tick(long now) {
    long silence = now - heardNanos;
    Phase current = phase.get();
    if (current == Phase.NEW && silence > settings.helloWithin().toNanos()) {
      end(
          NodeStatus.LOST,
          "",
          goodbye("no hello within " + settings.helloWithin().toMillis() + " ms", true));
    } else if (current == Phase.OPEN || current == Phase.STANDBY) {
      LiveNode open = node;
      if (silence > settings.silenceNanos()) {
        end(
            NodeStatus.LOST,
            "nothing was heard of it for " + silence / 1_000_000 + " ms",
            goodbye("silence", true));
      } else if (current == Phase.STANDBY) {
        outbox.keepAlive(now, settings.keepAlive().toNanos() / 2, service.leader());
      } else if (open != null) {
        directory.suspect(open, silence > settings.suspectNanos());
        outbox.keepAlive(now, settings.keepAlive().toNanos() / 2, null);
      }
    }
  }

  /** This coordinator leads: a worker in standby is asked what it holds. */
  void coordinatorLeads() {
    if (phase.get() == Phase.STANDBY) {
      outbox.say(CoordinatorMessage.newBuilder().setLeads(Leads.getDefaultInstance()).build());
    }
  }

  /** This coordinator leads no more. What the worker holds is the business of the next leader. */
  void coordinatorFollows() {
    if (phase.compareAndSet(Phase.OPEN, Phase.STANDBY)
        || phase.compareAndSet(Phase.JOINING, Phase.STANDBY)) {
      node = null;
      outbox.drop();
      sayStandby();
    }
  }

  private void standBy(Phase from) {
    if (phase.compareAndSet(from, Phase.STANDBY)) {
      sayStandby();
      if (directory.leads()) {
        coordinatorLeads();
      }
    }
  }

  private void sayStandby() {
    outbox.say(
        CoordinatorMessage.newBuilder()
            .setStandby(
                Standby.newBuilder()
                    .setClusterId(settings.cluster())
                    .setCoordinator(settings.coordinator())
                    .setKeepAliveMillis(settings.keepAlive().toMillis())
                    .setLeader(service.leader()))
            .build());
  }

  /** Takes a standstill of this process out of the account of silence. */
  void forgiveSilence(long now) {
    heardNanos = now;
  }

  private void hello(Hello hello) {
    Phase before = phase.get();
    if (before != Phase.NEW && before != Phase.STANDBY) {
      end(NodeStatus.LOST, "it said hello twice", goodbye("hello comes once, first", false));
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
    if (!directory.leads()) {
      standBy(before);
      return;
    }
    if (!phase.compareAndSet(before, Phase.JOINING)) {
      return;
    }
    Map<AttemptToken, Token> held = new LinkedHashMap<>();
    hello.getHoldingList().forEach(token -> held.put(ReportReader.token(token), token));
    CompletableFuture<LiveNode> _ =
        directory
            .join(HelloCheck.profile(hello), hello.getEpoch(), Set.copyOf(held.keySet()), this)
            .whenComplete((joined, failure) -> joined(joined, failure, held));
  }

  private void joined(
      @Nullable LiveNode joined, @Nullable Throwable failure, Map<AttemptToken, Token> held) {
    if (joined == null && !directory.leads()) {
      standBy(Phase.JOINING);
      return;
    }
    if (joined == null) {
      String reason = failure == null ? "refused" : String.valueOf(failure.getMessage());
      end(NodeStatus.LOST, "", goodbye("not joined: " + reason, true));
      return;
    }
    node = joined;
    heardNanos = service.nanos();
    held.keySet().removeAll(joined.held.keySet());
    outbox.say(CoordinatorMessage.newBuilder().setWelcome(welcome(joined, held.values())).build());
    if (!phase.compareAndSet(Phase.JOINING, Phase.OPEN)) {
      directory.gone(joined, NodeStatus.LOST, "its connection broke while it joined");
      return;
    }
    directory.opened(joined);
  }

  private Welcome welcome(LiveNode joined, Collection<Token> released) {
    return Welcome.newBuilder()
        .setEpoch(joined.epoch)
        .setClusterId(settings.cluster())
        .setCoordinator(settings.coordinator())
        .setKeepAliveMillis(settings.keepAlive().toMillis())
        .setMaxResultBytes(settings.limits().payloadBytes())
        .addAllReleased(released)
        .build();
  }

  private void reports(List<Report> reports) {
    LiveNode open = open();
    if (open == null) {
      return;
    }
    boolean freed = false;
    for (Report report : reports) {
      AttemptToken token = ReportReader.token(report.getToken());
      boolean refused = report.getOutcomeCase() == Report.OutcomeCase.REFUSAL;
      if (directory.reported(open, token, refused)) {
        Command command = reader.command(open.id(), token, report);
        directory.forward(command, token.execution());
        freed = true;
      }
    }
    if (freed) {
      directory.capacityChanged();
    }
  }

  private void progress(Progress progress) {
    LiveNode open = open();
    HeldAttempt attempt =
        open == null ? null : directory.held(open, ReportReader.token(progress.getToken()));
    if (attempt != null) {
      double fraction =
          Double.isFinite(progress.getFraction()) ? Math.clamp(progress.getFraction(), -1, 1) : -1;
      String message = progress.getMessage();
      int length = Math.min(message.length(), settings.limits().labelLength());
      attempt.progress = new AttemptProgress(fraction, message.substring(0, length));
      signals.progress(attempt.token, fraction, message.substring(0, length));
    }
  }

  private void output(OutputChunk chunk) {
    LiveNode open = open();
    HeldAttempt attempt =
        open == null ? null : directory.held(open, ReportReader.token(chunk.getToken()));
    if (attempt != null && chunk.getData().size() <= settings.limits().payloadBytes()) {
      boolean error = chunk.getStream() == OutputChunk.Stream.STDERR;
      String text = (error ? attempt.stderr : attempt.stdout).next(chunk.getData().toByteArray());
      signals.output(
          attempt.token, attempt.taskName, attempt.reference, error ? "stderr" : "stdout", text);
    }
  }

  private void slots(int slots) {
    LiveNode open = open();
    if (open == null) {
      return;
    }
    if (slots < 1 || slots > settings.limits().slotsPerNode()) {
      end(
          NodeStatus.LOST,
          "it offered " + slots + " slots",
          goodbye("slots must be from 1 to the limit", false));
      return;
    }
    directory.slots(open, slots);
  }

  private void leave() {
    LiveNode open = open();
    leaving = true;
    if (open != null) {
      directory.leaving(open);
    }
  }

  /**
   * The node while the session is open. Anything but a hello that comes before the welcome breaks
   * the protocol.
   */
  private @Nullable LiveNode open() {
    Phase current = phase.get();
    if (current == Phase.NEW) {
      end(NodeStatus.LOST, "", goodbye("hello must come first", false));
    }
    return current == Phase.OPEN ? node : null;
  }

  private void end(NodeStatus status, String reason, @Nullable CoordinatorMessage farewell) {
    Phase before = phase.getAndSet(Phase.ENDED);
    if (before == Phase.ENDED) {
      return;
    }
    service.ended(this);
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
