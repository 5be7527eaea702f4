package dev.capstan.server.nodes;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Token;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of one worker: new, joining, open, ended. Messages arrive one after the other on
 * gRPC's threads; the watch over silence, the end of a commit and the directory come on others, so
 * the phase changes atomically and only forward. A session that breaks a rule of the protocol ends
 * alone.
 */
final class Session implements StreamObserver<WorkerMessage> {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private enum Phase {
    NEW,
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
      long now) {
    this.service = service;
    this.directory = directory;
    this.settings = settings;
    this.reader = reader;
    this.signals = signals;
    this.outbox = new Outbox(stream, settings.limits().backlogBytes(), directory::capacityChanged);
    this.slowBytes = settings.limits().backlogBytes() / 4;
    this.heardNanos = now;
    stream.setOnReadyHandler(outbox::flush);
    stream.setOnCancelHandler(() -> end(NodeStatus.LOST, "its connection broke", null));
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
    end(
        NodeStatus.LOST,
        "its connection broke (" + Status.fromThrowable(error).getCode() + ")",
        null);
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

  /** Another session of the same node has taken its place. */
  void replaced() {
    end(
        NodeStatus.LOST,
        "another session of it began",
        goodbye("another session of this node began", false));
  }

  /** An operator has removed the node. */
  void removed() {
    end(NodeStatus.LEFT, "it was removed", goodbye("this node was removed", false));
  }

  /** The coordinator ends. */
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
    } else if (current == Phase.OPEN) {
      LiveNode open = node;
      if (silence > settings.silenceNanos()) {
        end(
            NodeStatus.LOST,
            "nothing was heard of it for " + silence / 1_000_000 + " ms",
            goodbye("silence", true));
      } else if (open != null) {
        directory.suspect(open, silence > settings.suspectNanos());
        outbox.keepAlive(now, settings.keepAlive().toNanos() / 2);
      }
    }
  }

  /** Takes a standstill of this process out of the account of silence. */
  void forgiveSilence(long now) {
    heardNanos = now;
  }

  private void hello(Hello hello) {
    if (!phase.compareAndSet(Phase.NEW, Phase.JOINING)) {
      end(NodeStatus.LOST, "it said hello twice", goodbye("hello comes once, first", false));
      return;
    }
    List<String> faults = HelloCheck.faults(hello, settings.limits());
    if (!faults.isEmpty()) {
      LOG.warn("A worker was rejected: {}", faults);
      end(NodeStatus.LOST, "", goodbye("invalid hello: " + String.join("; ", faults), false));
      return;
    }
    // Attempts that are held from an earlier session are released: their session is gone and they
    // have gone back already. Leases,
    // once sessions have them, are checked here: what is still under one may be kept.
    List<Token> held = hello.getHoldingList();
    CompletableFuture<LiveNode> _ =
        directory
            .join(HelloCheck.profile(hello), this)
            .whenComplete((joined, failure) -> joined(joined, failure, held));
  }

  private void joined(@Nullable LiveNode joined, @Nullable Throwable failure, List<Token> held) {
    if (joined == null) {
      String reason = failure == null ? "refused" : String.valueOf(failure.getMessage());
      end(NodeStatus.LOST, "", goodbye("not joined: " + reason, true));
      return;
    }
    node = joined;
    heardNanos = service.nanos();
    outbox.say(CoordinatorMessage.newBuilder().setWelcome(welcome(joined, held)).build());
    if (!phase.compareAndSet(Phase.JOINING, Phase.OPEN)) {
      directory.gone(joined, NodeStatus.LOST, "its connection broke while it joined");
      return;
    }
    directory.opened(joined);
  }

  private Welcome welcome(LiveNode joined, List<Token> held) {
    return Welcome.newBuilder()
        .setEpoch(joined.epoch)
        .setClusterId(settings.cluster())
        .setCoordinator(settings.coordinator())
        .setKeepAliveMillis(settings.keepAlive().toMillis())
        .setMaxResultBytes(settings.limits().payloadBytes())
        .addAllReleased(held)
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
