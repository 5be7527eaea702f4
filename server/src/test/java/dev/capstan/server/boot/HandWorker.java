package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Dispatch;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A worker with one slot that answers each sign of life with one, and never ends what it gets. */
final class HandWorker implements ClientResponseObserver<WorkerMessage, CoordinatorMessage> {
  private static final WorkerMessage ALIVE =
      WorkerMessage.newBuilder().setKeepAlive(KeepAlive.getDefaultInstance()).build();

  private final ManagedChannel channel;
  private final List<Dispatch> dispatches = new CopyOnWriteArrayList<>();
  private final AtomicInteger signs = new AtomicInteger();
  private volatile long epoch;
  private @Nullable ClientCallStreamObserver<WorkerMessage> stream;

  private HandWorker(ManagedChannel channel) {
    this.channel = channel;
  }

  /** One of a node that has joined; returns when it was welcomed. */
  static HandWorker of(LoneCluster cluster, String node) throws Exception {
    HandWorker worker = new HandWorker(cluster.channel(cluster.keys(node)));
    WorkerSessionsGrpc.newStub(worker.channel).session(worker);
    Objects.requireNonNull(worker.stream)
        .onNext(
            WorkerMessage.newBuilder()
                .setHello(
                    Hello.newBuilder()
                        .setNodeId(node)
                        .setName(node)
                        .setSlots(1)
                        .addKinds("run:shell")
                        .setVersion("test"))
                .build());
    await().until(() -> worker.epoch > 0);
    return worker;
  }

  /** How many signs of life it has heard and answered. */
  int signs() {
    return signs.get();
  }

  /** Waits for what it gets next. */
  Dispatch dispatched() {
    await().until(() -> !dispatches.isEmpty());
    return dispatches.getFirst();
  }

  List<Dispatch> dispatches() {
    return dispatches;
  }

  /** Its process is gone. */
  void die() {
    channel.shutdownNow();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<WorkerMessage> requests) {
    stream = requests;
  }

  @Override
  public void onNext(CoordinatorMessage message) {
    switch (message.getKindCase()) {
      case WELCOME -> epoch = message.getWelcome().getEpoch();
      case DISPATCHES -> dispatches.addAll(message.getDispatches().getDispatchesList());
      case KEEP_ALIVE -> {
        Objects.requireNonNull(stream).onNext(ALIVE);
        signs.incrementAndGet();
      }
      case CANCELS, GOODBYE, STANDBY, LEADS, CONFIRMATIONS, KIND_NOT_SET -> {}
    }
  }

  @Override
  public void onError(Throwable error) {}

  @Override
  public void onCompleted() {}
}
