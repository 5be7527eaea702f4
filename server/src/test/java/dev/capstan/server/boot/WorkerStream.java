package dev.capstan.server.boot;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.Hello;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import dev.capstan.node.config.HostPort;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.KeyFiles;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A stream of a worker that has joined the cluster {@code lab}, at one of the coordinators. */
final class WorkerStream implements StreamObserver<CoordinatorMessage>, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ManagedChannel channel;
  private final CompletableFuture<Boolean> heard = new CompletableFuture<>();
  private final CompletableFuture<String> farewell = new CompletableFuture<>();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();

  private WorkerStream(ManagedChannel channel, String worker) {
    this.channel = channel;
    WorkerSessionsGrpc.newStub(channel)
        .session(this)
        .onNext(
            WorkerMessage.newBuilder()
                .setHello(
                    Hello.newBuilder()
                        .setNodeId(worker)
                        .setName(worker)
                        .setSlots(1)
                        .addKinds("run:shell")
                        .setVersion("test"))
                .build());
  }

  /** One that stands: a busy machine may need longer for a hello than one is waited for. */
  static WorkerStream open(KeyFiles worker, KeyFiles cluster, String name, HostPort address)
      throws Exception {
    NodeTrust trust =
        NodeTrust.of("lab", cluster.trusted(Purpose.NODES)).only(Role.COORDINATOR).build();
    NodeKeys keys =
        NodeKeys.of(Objects.requireNonNull(worker.credential(Purpose.NODES), "it has joined"));
    while (true) {
      WorkerStream opened =
          new WorkerStream(
              NettyChannelBuilder.forAddress(address.host(), address.port())
                  .sslContext(Tls.grpcClient(keys, trust))
                  .build(),
              name);
      if (opened.heard.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        return opened;
      }
      opened.close();
    }
  }

  /** What it was told when it was put out; {@code none} if its stream ended without a word. */
  CompletableFuture<String> farewell() {
    return farewell;
  }

  CompletableFuture<Boolean> ended() {
    return ended;
  }

  @Override
  public void onNext(CoordinatorMessage message) {
    heard.complete(!message.hasGoodbye());
    if (message.hasGoodbye()) {
      farewell.complete(message.getGoodbye().getReason());
    }
  }

  @Override
  public void onError(Throwable error) {
    onCompleted();
  }

  @Override
  public void onCompleted() {
    heard.complete(false);
    farewell.complete("none");
    ended.complete(true);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
