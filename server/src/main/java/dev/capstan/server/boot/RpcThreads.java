package dev.capstan.server.boot;

import dev.capstan.server.nodes.Hearing;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

  private static final int LOOPS = Runtime.getRuntime().availableProcessors();

  private final EventLoopGroup loops =
      new NioEventLoopGroup(LOOPS, new DefaultThreadFactory("capstan-rpc-io", true));
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
    CompletableFuture<@Nullable Void> all = new CompletableFuture<>();
    AtomicInteger left = new AtomicInteger(LOOPS);
    Runnable behind =
        () -> {
          if (left.decrementAndGet() == 0) {
            all.complete(null);
          }
        };
    for (EventExecutor loop : loops) {
      unlessClosed(behind, () -> loop.execute(() -> look(loop, behind)));
    }
    return all;
  }

  private void look(EventExecutor loop, Runnable behind) {
    unlessClosed(
        behind,
        () -> {
          var _ =
              loop.schedule(
                  () -> unlessClosed(behind, () -> handlers.execute(behind)),
                  ANOTHER_LOOK_MILLIS,
                  TimeUnit.MILLISECONDS);
        });
  }

  /** Where nothing is handled any more, nothing is waited for. */
  private static void unlessClosed(Runnable behind, Runnable step) {
    try {
      step.run();
    } catch (RejectedExecutionException closing) {
      behind.run();
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
