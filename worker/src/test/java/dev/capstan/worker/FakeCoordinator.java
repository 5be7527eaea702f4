package dev.capstan.worker;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Cancels;
import dev.capstan.api.v1.Confirmation;
import dev.capstan.api.v1.Confirmations;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Delivery;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Dispatches;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.Leads;
import dev.capstan.api.v1.OutputChunk;
import dev.capstan.api.v1.Progress;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Standby;
import dev.capstan.api.v1.Token;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator that does what a test tells it, and remembers everything a worker says. Safe for
 * concurrent use.
 */
final class FakeCoordinator implements BindableService {

  /** Of a test that hangs, on a machine that has much else to do. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<Stream> streams = new CopyOnWriteArrayList<>();
  private final Map<Token, Report> firstReports = new ConcurrentHashMap<>();
  private final AtomicLong epochs = new AtomicLong();
  private final AtomicInteger tasks = new AtomicInteger();
  private volatile String name = "fake";
  private volatile boolean leading = true;
  private volatile String leader = "";
  private volatile boolean welcoming = true;
  private volatile boolean echoing = true;
  private volatile boolean reading = true;
  private volatile @Nullable Runnable atTheEnd;
  private volatile List<Token> released = List.of();
  private volatile long keepAliveMillis = 1000;
  private volatile long returnMillis;
  private volatile long spreadMillis;
  private volatile long term = 1;
  private volatile long maxResultBytes = 1 << 20;

  private final WorkerSessionsGrpc.WorkerSessionsImplBase service =
      new WorkerSessionsGrpc.WorkerSessionsImplBase() {
        @Override
        public StreamObserver<WorkerMessage> session(StreamObserver<CoordinatorMessage> toWorker) {
          Stream stream = new Stream((ServerCallStreamObserver<CoordinatorMessage>) toWorker);
          streams.add(stream);
          return stream;
        }
      };

  @Override
  public ServerServiceDefinition bindService() {
    return service.bindService();
  }

  FakeCoordinator named(String value) {
    name = value;
    return this;
  }

  /** Whether a hello is answered with a welcome, or with the word that another one leads. */
  FakeCoordinator leading(boolean value) {
    leading = value;
    return this;
  }

  /** Whom it takes for the leader when it does not lead itself; empty for nobody. */
  FakeCoordinator knowing(String value) {
    leader = value;
    return this;
  }

  String known() {
    return leader;
  }

  /** In which term it leads. */
  FakeCoordinator term(long value) {
    term = value;
    return this;
  }

  /** Within how long it says that a node should connect to the other coordinators. */
  FakeCoordinator spreadMillis(long value) {
    spreadMillis = value;
    return this;
  }

  /** How long it says that it waits for nodes when it begins to lead. */
  FakeCoordinator returnMillis(long value) {
    returnMillis = value;
    return this;
  }

  /** Gives this epoch to nodes that it welcomes next. */
  FakeCoordinator epoch(long value) {
    epochs.set(value - 1);
    return this;
  }

  /** Whether a hello is answered with a welcome. */
  FakeCoordinator welcoming(boolean value) {
    welcoming = value;
    return this;
  }

  /** When a worker ends its stream in order, it is broken instead, and then this is done. */
  FakeCoordinator breakingAtTheEnd(Runnable then) {
    atTheEnd = then;
    return this;
  }

  /** Whether a keep-alive is answered with one. */
  FakeCoordinator echoing(boolean value) {
    echoing = value;
    return this;
  }

  /** Whether it reads what workers say; it reads one more message after it was told not to. */
  FakeCoordinator reading(boolean value) {
    reading = value;
    return this;
  }

  FakeCoordinator keepAliveMillis(long value) {
    keepAliveMillis = value;
    return this;
  }

  FakeCoordinator maxResultBytes(long value) {
    maxResultBytes = value;
    return this;
  }

  /** What the next welcome releases. */
  FakeCoordinator releasing(List<Token> tokens) {
    released = tokens;
    return this;
  }

  /** All streams that were opened, the broken ones too. */
  List<Stream> streams() {
    return streams;
  }

  /** Waits for the stream of this number, counted from 0, to be welcomed. */
  Stream session(int number) {
    await(() -> streams.size() > number && streams.get(number).hello != null);
    return streams.get(number);
  }

  Dispatch dispatch(String kind, String arguments) {
    return dispatch(kind, arguments, "key-" + tasks.get());
  }

  Dispatch dispatch(String kind, String arguments, String idempotencyKey) {
    return Dispatch.newBuilder()
        .setToken(
            Token.newBuilder()
                .setExecution("execution")
                .setTask(tasks.incrementAndGet())
                .setAttempt(1)
                .setEpoch(epochs.get()))
        .setKind(kind)
        .setTaskName("task")
        .setReference("/do/0/task")
        .setIdempotencyKey(idempotencyKey)
        .setArguments(ByteString.copyFromUtf8(arguments))
        .build();
  }

  /** Waits for the report of this token on any stream. */
  Report report(Token token) {
    await(() -> firstReports.containsKey(token));
    return find(token).orElseThrow();
  }

  Optional<Report> find(Token token) {
    return Optional.ofNullable(firstReports.get(token));
  }

  private static void await(Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(condition);
  }

  /** One stream of a worker. */
  final class Stream implements StreamObserver<WorkerMessage> {

    private final ServerCallStreamObserver<CoordinatorMessage> toWorker;
    private final List<WorkerMessage> messages = new ArrayList<>();
    private final AtomicInteger reportCount = new AtomicInteger();
    private final AtomicLong questions = new AtomicLong();
    private volatile @Nullable Hello hello;
    private volatile boolean ended;

    private Stream(ServerCallStreamObserver<CoordinatorMessage> toWorker) {
      this.toWorker = toWorker;
      toWorker.setOnCancelHandler(() -> ended = true);
      toWorker.disableAutoRequest();
      toWorker.request(1);
    }

    @Override
    public void onNext(WorkerMessage message) {
      if (reading) {
        toWorker.request(1);
      }
      synchronized (messages) {
        messages.add(message);
      }
      message
          .getReports()
          .getReportsList()
          .forEach(report -> firstReports.putIfAbsent(report.getToken(), report));
      reportCount.addAndGet(message.getReports().getReportsCount());
      if (message.hasHello()) {
        if (!leading) {
          standBy();
        } else if (welcoming) {
          welcome();
        }
        hello = message.getHello();
      } else if (echoing) {
        keepAlive();
      }
    }

    @Override
    public void onError(Throwable error) {
      ended = true;
    }

    @Override
    public void onCompleted() {
      ended = true;
      Runnable instead = atTheEnd;
      if (instead != null) {
        breakOff();
        instead.run();
        return;
      }
      synchronized (toWorker) {
        toWorker.onCompleted();
      }
    }

    /** Reads on after {@link #reading} was false. */
    void readOn() {
      toWorker.request(1);
    }

    void say(CoordinatorMessage message) {
      synchronized (toWorker) {
        toWorker.onNext(message);
      }
    }

    void send(Dispatch... dispatches) {
      say(
          CoordinatorMessage.newBuilder()
              .setDispatches(Dispatches.newBuilder().addAllDispatches(Arrays.asList(dispatches)))
              .build());
    }

    /** Takes over: asks what the worker holds. */
    void lead() {
      leading = true;
      ask();
    }

    /** Says that it leads, and asks. */
    void ask() {
      say(
          CoordinatorMessage.newBuilder()
              .setLeads(Leads.newBuilder().setTerm(term).setNumber(questions.incrementAndGet()))
              .build());
    }

    /** Says that it does not lead, or leads no more. */
    void standBy() {
      say(
          CoordinatorMessage.newBuilder()
              .setStandby(
                  Standby.newBuilder()
                      .setCoordinator(name)
                      .setKeepAliveMillis(keepAliveMillis)
                      .setReturnMillis(returnMillis)
                      .setLeader(leader))
              .build());
    }

    void welcome() {
      say(
          CoordinatorMessage.newBuilder()
              .setWelcome(
                  Welcome.newBuilder()
                      .setEpoch(epochs.incrementAndGet())
                      .setTerm(term)
                      .setCoordinator(name)
                      .setKeepAliveMillis(keepAliveMillis)
                      .setReturnMillis(returnMillis)
                      .setSpreadMillis(spreadMillis)
                      .setMaxResultBytes(maxResultBytes)
                      .addAllReleased(released))
              .build());
    }

    /** Says whom it takes for the leader. */
    void keepAlive() {
      say(
          CoordinatorMessage.newBuilder()
              .setKeepAlive(KeepAlive.newBuilder().setLeader(leader))
              .build());
    }

    void cancel(Token token) {
      say(
          CoordinatorMessage.newBuilder()
              .setCancels(Cancels.newBuilder().addTokens(token))
              .build());
    }

    /** Says that messages of an attempt up to a number are safe. */
    void confirm(Token token, long number) {
      say(
          CoordinatorMessage.newBuilder()
              .setConfirmations(
                  Confirmations.newBuilder()
                      .addConfirmations(
                          Confirmation.newBuilder().setToken(token).setNumber(number)))
              .build());
    }

    /** The messages that attempts have handed over here. */
    List<Delivery> deliveries() {
      return messages().stream()
          .filter(WorkerMessage::hasDelivery)
          .map(WorkerMessage::getDelivery)
          .toList();
    }

    /** Waits for so many messages that attempts have handed over here. */
    List<Delivery> deliveries(int count) {
      await(() -> deliveries().size() >= count);
      return deliveries();
    }

    void goodbye(String reason, boolean retry) {
      say(
          CoordinatorMessage.newBuilder()
              .setGoodbye(Goodbye.newBuilder().setReason(reason).setRetry(retry))
              .build());
    }

    /** Breaks the stream as a coordinator that dies does. */
    void breakOff() {
      synchronized (toWorker) {
        toWorker.onError(
            Status.UNAVAILABLE.withDescription("the test broke it").asRuntimeException());
      }
    }

    boolean ended() {
      return ended;
    }

    Hello hello() {
      Hello said = hello;
      if (said == null) {
        throw new IllegalStateException("no hello yet");
      }
      return said;
    }

    List<Hello> hellos() {
      return messages().stream()
          .filter(WorkerMessage::hasHello)
          .map(WorkerMessage::getHello)
          .toList();
    }

    List<WorkerMessage> messages() {
      synchronized (messages) {
        return List.copyOf(messages);
      }
    }

    int reportCount() {
      return reportCount.get();
    }

    List<WorkerMessage> messagesOfReports() {
      return messages().stream().filter(WorkerMessage::hasReports).toList();
    }

    List<Report> reports() {
      return messages().stream()
          .flatMap(message -> message.getReports().getReportsList().stream())
          .toList();
    }

    List<Progress> progress() {
      return messages().stream()
          .filter(WorkerMessage::hasProgress)
          .map(WorkerMessage::getProgress)
          .toList();
    }

    /** All that was shown of one stream of an attempt so far. */
    String output(Token token, OutputChunk.Stream stream) {
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      messages().stream()
          .filter(WorkerMessage::hasOutput)
          .map(WorkerMessage::getOutput)
          .filter(chunk -> chunk.getToken().equals(token) && chunk.getStream() == stream)
          .forEach(chunk -> text.writeBytes(chunk.getData().toByteArray()));
      return text.toString(StandardCharsets.UTF_8);
    }
  }
}
