package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Goodbye;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.Leads;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Reports;
import dev.capstan.api.v1.Token;
import dev.capstan.api.v1.Welcome;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A worker by hand: says what it is told to and remembers what it hears. */
final class WorkerStub implements ClientResponseObserver<WorkerMessage, CoordinatorMessage> {
  final List<CoordinatorMessage> heard = new CopyOnWriteArrayList<>();
  private final boolean reads;
  private volatile boolean ended;
  private volatile boolean answers;
  private volatile long dispatchesRead;
  private @Nullable ClientCallStreamObserver<WorkerMessage> stream;

  private WorkerStub(boolean reads) {
    this.reads = reads;
  }

  static WorkerStub connect(Channel channel) {
    return open(channel, true);
  }

  /** A worker that takes two messages, such as the welcome, and reads no more. */
  static WorkerStub deaf(Channel channel) {
    return open(channel, false);
  }

  private static WorkerStub open(Channel channel, boolean reads) {
    WorkerStub worker = new WorkerStub(reads);
    WorkerSessionsGrpc.newStub(channel).session(worker);
    return worker;
  }

  static Hello.Builder hello(String id, int slots) {
    return Hello.newBuilder()
        .setNodeId(id)
        .setName(id)
        .setSlots(slots)
        .addKinds("run:shell")
        .setVersion("test");
  }

  /** Answers a question, and waits for nothing. */
  void answer(Hello.Builder hello, long number) {
    send(WorkerMessage.newBuilder().setHello(hello.clone().setAnswers(number)).build());
  }

  /** It answers at once whoever asks, or has asked, whether it is there. */
  void answersQuestions() {
    answers = true;
    heard.forEach(this::answer);
  }

  private void answer(CoordinatorMessage asks) {
    if (asks.getKeepAlive().getProbe() != 0) {
      answer(asks.getKeepAlive().getProbe());
    }
  }

  /** Answers the question of this number, whether the worker has heard it or not. */
  void answer(long number) {
    send(
        WorkerMessage.newBuilder()
            .setKeepAlive(KeepAlive.newBuilder().setProbe(number))
            .setDispatchesRead(dispatchesRead)
            .build());
  }

  /** So many dispatches it says from now on, with its answers, to have read. */
  void hasRead(long dispatches) {
    dispatchesRead = dispatches;
  }

  /** How many messages of a kind were heard. */
  long count(Predicate<CoordinatorMessage> kind) {
    return heard.stream().filter(kind).count();
  }

  /** Waits for the question of this number. */
  Leads question(long number) {
    return hear(message -> message.getLeads().getNumber() == number).getLeads();
  }

  /** Says hello and waits for the welcome. */
  Welcome join(Hello.Builder hello) {
    send(WorkerMessage.newBuilder().setHello(hello).build());
    return hear(CoordinatorMessage::hasWelcome).getWelcome();
  }

  void send(WorkerMessage message) {
    stream().onNext(message);
  }

  void report(Report... reports) {
    send(
        WorkerMessage.newBuilder()
            .setReports(Reports.newBuilder().addAllReports(List.of(reports)))
            .build());
  }

  static Report output(Token token, String json) {
    return Report.newBuilder().setToken(token).setOutput(ByteString.copyFromUtf8(json)).build();
  }

  void complete() {
    stream().onCompleted();
  }

  void breakOff() {
    stream().cancel("the network is gone", null);
  }

  boolean ended() {
    return ended;
  }

  /** The first message of a kind, waiting for it. */
  CoordinatorMessage hear(Predicate<CoordinatorMessage> kind) {
    soon().until(() -> heard.stream().anyMatch(kind));
    return heard.stream().filter(kind).findFirst().orElseThrow();
  }

  Goodbye goodbye() {
    return hear(CoordinatorMessage::hasGoodbye).getGoodbye();
  }

  List<Dispatch> dispatches() {
    return heard.stream()
        .flatMap(message -> message.getDispatches().getDispatchesList().stream())
        .toList();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WorkerMessage> requests) {
    stream = requests;
    if (!reads) {
      requests.disableAutoRequestWithInitial(2);
    }
  }

  @Override
  public void onNext(CoordinatorMessage message) {
    heard.add(message);
    if (answers) {
      answer(message);
    }
  }

  @Override
  public void onError(Throwable error) {
    ended = true;
  }

  @Override
  public void onCompleted() {
    ended = true;
  }

  private ClientCallStreamObserver<WorkerMessage> stream() {
    if (stream == null) {
      throw new IllegalStateException("the stream has not begun");
    }
    return stream;
  }
}
