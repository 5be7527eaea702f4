package dev.capstan.cli.bench;

import dev.capstan.node.config.HostPort;
import dev.capstan.sdk.node.WorkerNode;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connections that can fall silent. From then on no byte goes out, none is read, no socket is
 * closed, and time stands still for whoever has these: as the other end sees it, the machine is
 * gone. Or they break, and then the other end sees that the process is gone. Any thread.
 */
final class Silence implements WorkerNode.Way {
  private static final EventLoopGroup LOOPS =
      new NioEventLoopGroup(0, new DefaultThreadFactory("capstan-bench-network", true));

  private final Set<ChannelHandlerContext> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean silent;
  private volatile long standstill;

  /** Falls silent, on all connections, for ever. */
  void begin() {
    standstill = System.nanoTime();
    silent = true;
  }

  /** Falls silent, and resets all connections, as the system does for a process that was killed. */
  void breakOff() {
    begin();
    for (ChannelHandlerContext socket : sockets) {
      ((SocketChannel) socket.channel()).config().setSoLinger(0);
      ChannelFuture _ = socket.close();
    }
  }

  /** Nanoseconds that grow until the silence begins. */
  long nanos() {
    return silent ? standstill : System.nanoTime();
  }

  @Override
  public NettyChannelBuilder to(HostPort address) {
    // All are on this machine: nothing is to be looked up.
    return NettyChannelBuilder.forAddress(new InetSocketAddress(address.host(), address.port()))
        .eventLoopGroup(LOOPS)
        .channelFactory(this::open);
  }

  private Channel open() {
    Channel channel = new NioSocketChannel();
    channel.pipeline().addFirst(new Swallowing());
    return channel;
  }

  /** Stands between the socket and everything else, so it swallows what is encrypted already. */
  private final class Swallowing extends ChannelDuplexHandler {
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      sockets.add(context);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
      sockets.remove(context);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise written) {
      if (silent) {
        ReferenceCountUtil.release(message);
        boolean _ = written.trySuccess();
      } else {
        ChannelFuture _ = context.write(message, written);
      }
    }

    @Override
    public void read(ChannelHandlerContext context) {
      if (!silent) {
        context.read();
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (silent) {
        ReferenceCountUtil.release(message);
      } else {
        context.fireChannelRead(message);
      }
    }
  }
}
