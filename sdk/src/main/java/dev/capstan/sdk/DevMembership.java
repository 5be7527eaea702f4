package dev.capstan.sdk;

import dev.capstan.node.config.HostPort;
import dev.capstan.worker.SessionStatus;
import dev.capstan.worker.Worker;
import dev.capstan.worker.WorkerOptions;
import dev.capstan.worker.WorkerStatus;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A second worker of {@code capstan dev}, which is open to this machine. */
final class DevMembership implements Membership {
  private static final Duration LOOK = Duration.ofMillis(10);

  private final ManagedChannel channel;
  private final Worker worker;
  private final CompletableFuture<@Nullable Void> welcomed = new CompletableFuture<>();
  private final CompletableFuture<String> rejection = new CompletableFuture<>();
  private final Thread looks;

  DevMembership(HostPort server, WorkerOptions options) {
    channel = NettyChannelBuilder.forAddress(server.host(), server.port()).usePlaintext().build();
    worker = Worker.connect(channel, options);
    looks = Thread.ofVirtual().name("capstan-welcome").start(this::look);
  }

  private void look() {
    try {
      while (!welcomed.isDone() && !rejection.isDone()) {
        for (SessionStatus session : worker.status().sessions()) {
          if (session.welcomes() > 0) {
            welcomed.complete(null);
          } else if (session.phase() == SessionStatus.Phase.REJECTED) {
            rejection.complete(session.reason());
          }
        }
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public WorkerStatus status() {
    return worker.status();
  }

  @Override
  public CompletableFuture<@Nullable Void> welcomed() {
    return welcomed.copy();
  }

  @Override
  public CompletableFuture<String> rejection() {
    return rejection.copy();
  }

  @Override
  public void close() {
    looks.interrupt();
    worker.close();
    channel.shutdownNow();
  }
}
