package dev.capstan.server.boot;

import dev.capstan.server.nodes.Hearing;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads of the gRPC services: event loops that read sockets, and virtual threads that handle
 * what was read.
 */
final class RpcThreads implements Hearing, AutoCloseable {
  private static final long QUIET_MILLIS = 0;
  private static final long GRACE_MILLIS = 500;

  /** A loop runs what is due after so long only when it has looked at its sockets once more. */
  private static final long ANOTHER_LOOK_MILLIS = 1;

  private final EventLoopGroup loops =
      new NioEventLoopGroup(
          Runtime.getRuntime().availableProcessors(),
          new DefaultThreadFactory("capstan-rpc-io", true));
  private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();

  void serve(ServerBuilder<?> builder) {
    builder.executor(handlers);
    if (builder instanceof NettyServerBuilder socket) {
      socket
          .bossEventLoopGroup(loops)
          .workerEventLoopGroup(loops)
          .channelType(NioServerSocketChannel.class);
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Each loop is asked to come by once, to look at its sockets, and to queue a task behind what
   * it has read: virtual threads begin in the order in which they were made.
   */
  @Override
  public CompletableFuture<@Nullable Void> caughtUp() {
    List<CompletableFuture<@Nullable Void>> all = new ArrayList<>();
    for (EventExecutor loop : loops) {
      CompletableFuture<@Nullable Void> behind = new CompletableFuture<>();
      all.add(behind);
      try {
        loop.execute(() -> look(loop, behind));
      } catch (RejectedExecutionException closing) {
        behind.complete(null);
      }
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  private void look(EventExecutor loop, CompletableFuture<@Nullable Void> behind) {
    try {
      var _ = loop.schedule(() -> queue(behind), ANOTHER_LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closing) {
      behind.complete(null);
    }
  }

  private void queue(CompletableFuture<@Nullable Void> behind) {
    try {
      handlers.execute(() -> behind.complete(null));
    } catch (RejectedExecutionException closing) {
      behind.complete(null);
    }
  }

  @Override
  public void close() {
    handlers.shutdown();
    loops
        .shutdownGracefully(QUIET_MILLIS, GRACE_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(GRACE_MILLIS);
  }
}
