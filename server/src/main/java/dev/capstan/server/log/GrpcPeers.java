package dev.capstan.server.log;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.tls.PeerIdentity;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replicas that reach each other by gRPC, one connection for each direction between two nodes. Who
 * may connect is the credentials' matter.
 */
public final class GrpcPeers implements PeerNetwork {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcPeers.class);
  private static final String SERVICE = "capstan.consensus.v1.Peers";

  private static final String REFUSED =
      ". It does not take the certificate of this coordinator, which may have been put out of the cluster,"
          + " or whose certificate is over: capstan audit, asked of another coordinator, says why";

  private static final String DISMISSED =
      ". It says that this coordinator was put out of the cluster";

  private static final String STOPS = "this coordinator stops";
  private static final long END_SECONDS = 2;
  private static final long HANDSHAKE_SECONDS = 10;
  private static final int CONNECT_MILLIS = 1_000;
  private static final int LOOPS = 2;

  /** Of one coordinator at a time: more than it has partitions, and no bound for threads else. */
  private static final int MOST_CALLS = 256;

  private static final long ANSWERED_SECONDS = 10;

  /**
   * A process that ends closes one connection after the other: until it is done, the system may
   * still take new ones in its name, and break them at once. One that lives waits for us to begin.
   */
  private static final int LOOKS = 20;

  private static final int LOOK_MILLIS = 30;
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** A machine that works hard answers later than a quick question waits. */
  private static final Duration SILENCE = Duration.ofMillis(500);

  /**
   * How long a new connection may take, however many calls give up before: were each of them to
   * begin another one, a machine too busy for a handshake in the time of a call would never be
   * reached.
   */
  private static final Duration CONNECTING = Duration.ofSeconds(5);

  private static final Duration AGAIN_AFTER = Duration.ofMillis(100);

  private final InetSocketAddress bind;
  private final ServerCredentials serverCredentials;
  private final ChannelCredentials channelCredentials;
  private final Map<String, InetSocketAddress> addresses;
  private final int maxMessageBytes;
  private final List<ServerInterceptor> interceptors;
  private final Set<String> unreachable = ConcurrentHashMap.newKeySet();
  private final Set<String> refusing = ConcurrentHashMap.newKeySet();
  private final Map<String, Link> links = new ConcurrentHashMap<>();
  private final Dismissal dismissal = new Dismissal(System::nanoTime);

  /**
   * Its own, since a heartbeat that waits behind what a thousand workers say comes too late, and
   * another replica stands for election.
   */
  private final EventLoopGroup loops =
      new NioEventLoopGroup(LOOPS, new DefaultThreadFactory("capstan-peer-io", true));

  private final ExecutorService handlers = Executors.newCachedThreadPool(GrpcPeers::thread);
  private volatile Consumer<String> disconnected = _ -> {};
  private volatile boolean closed;
  private @Nullable Server server;

  /**
   * A network that serves at an address.
   *
   * @param addresses where the other nodes are; may change while this runs. Host names are looked
   *     up for each connection
   * @param maxMessageBytes larger calls are refused
   * @param interceptors look at each call before it is answered
   */
  public GrpcPeers(
      InetSocketAddress bind,
      ServerCredentials serverCredentials,
      ChannelCredentials channelCredentials,
      Map<String, InetSocketAddress> addresses,
      int maxMessageBytes,
      ServerInterceptor... interceptors) {
    this.interceptors = List.of(interceptors);
    this.bind = bind;
    this.serverCredentials = serverCredentials;
    this.channelCredentials = channelCredentials;
    this.addresses = addresses;
    this.maxMessageBytes = maxMessageBytes;
  }

  private static Thread thread(Runnable run) {
    return Thread.ofPlatform().daemon().name("capstan-peer").unstarted(run);
  }

  private static MethodDescriptor<byte[], byte[]> method(Call call) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, call.name()))
        .setRequestMarshaller(Bytes.INSTANCE)
        .setResponseMarshaller(Bytes.INSTANCE)
        .build();
  }

  @Override
  public void serve(Handler handler) throws IOException {
    ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(SERVICE);
    for (Call call : Call.values()) {
      service.addMethod(
          method(call),
          ServerCalls.asyncUnaryCall((byte[] request, StreamObserver<byte[]> answer) ->
              answer(handler, call, request, answer)));
    }
    server =
        NettyServerBuilder.forAddress(bind, serverCredentials)
            .executor(handlers)
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .channelType(NioServerSocketChannel.class)
            .maxInboundMessageSize(maxMessageBytes)
            .maxConcurrentCallsPerConnection(MOST_CALLS)
            .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
            .addTransportFilter(new Connections())
            .addService(ServerInterceptors.intercept(service.build(), interceptors))
            .build()
            .start();
  }

  private static void answer(
      Handler handler, Call call, byte[] request, StreamObserver<byte[]> answer) {
    byte[] reply;
    try {
      NodeIdentity caller = PeerIdentity.current();
      reply = handler.handle(call, caller == null ? null : caller.node(), request);
    } catch (IOException | RuntimeException e) {
      answer.onError(Status.FAILED_PRECONDITION.withCause(e).asRuntimeException());
      return;
    }
    answer.onNext(reply);
    answer.onCompleted();
  }

  @Override
  public void onDisconnect(Consumer<String> listener) {
    disconnected = listener;
  }

  /** Tells which node's connection has ended. */
  private final class Connections extends ServerTransportFilter {
    @Override
    public void transportTerminated(Attributes connection) {
      SSLSession session =
          connection == null ? null : connection.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      NodeIdentity node = session == null ? null : PeerIdentity.of(session);
      if (node != null) {
        disconnected.accept(node.node());
      }
    }
  }

  @Override
  public boolean isGone(String node) {
    InetSocketAddress known = addresses.get(node);
    if (known == null) {
      return false;
    }
    InetSocketAddress address = new InetSocketAddress(known.getHostString(), known.getPort());
    for (int look = 0; look < LOOKS; look++) {
      try (Socket socket = new Socket()) {
        socket.connect(address, CONNECT_MILLIS);
        socket.setSoTimeout(LOOK_MILLIS);
        if (socket.getInputStream().read() >= 0) {
          return false;
        }
      } catch (ConnectException refused) {
        return true;
      } catch (SocketTimeoutException alive) {
        return false;
      } catch (IOException ending) {
        LOG.debug("The process of {} seems to end", node, ending);
      }
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    return false;
  }

  /** Told once until it answers; and once more where only a person can do something about it. */
  private void tell(String node, StatusRuntimeException failure) {
    Status status = failure.getStatus();
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    boolean dismissed = isDismissal(failure);
    boolean refused =
        status.getCode() == Status.Code.UNAUTHENTICATED || cause instanceof SSLException;
    if (unreachable.add(node) || (refused && refusing.add(node))) {
      LOG.warn(
          "Coordinator {} does not answer: {}{}{}",
          node,
          status.getCode(),
          failure.getCause() == null ? "" : " (" + cause.getMessage() + ")",
          dismissed ? DISMISSED : refused ? REFUSED : "");
    }
  }

  private static boolean isDismissal(StatusRuntimeException failure) {
    return PeerIdentity.refusal(failure.getTrailers()) == Reason.EVICTED;
  }

  /** What the others say of whether this coordinator still belongs to the cluster. */
  public Dismissal dismissal() {
    return dismissal;
  }

  @Override
  public byte[] call(String node, Call call, byte[] request, Duration timeout) throws IOException {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(timeout.toNanos(), TimeUnit.NANOSECONDS);
    Link link = link(node);
    link.hurry();
    boolean connected = link.isConnected();
    try {
      byte[] answer = ClientCalls.blockingUnaryCall(link.channel(), method(call), options, request);
      dismissal.answered(node);
      boolean _ = refusing.remove(node);
      if (unreachable.remove(node)) {
        LOG.info("Coordinator {} answers again", node);
      }
      return answer;
    } catch (StatusRuntimeException e) {
      Status.Code code = e.getStatus().getCode();
      // It has answered that it can't, or nobody waits for an answer any more.
      boolean tellsNothing =
          code == Status.Code.FAILED_PRECONDITION || code == Status.Code.CANCELLED;
      if (code == Status.Code.DEADLINE_EXCEEDED
          && (connected ? timeout.compareTo(SILENCE) >= 0 : link.isMissedFor(CONNECTING))) {
        abandon(node, link);
      }
      if (isDismissal(e)) {
        dismissal.refused(node);
      } else if (code == Status.Code.FAILED_PRECONDITION) {
        dismissal.answered(node);
      }
      // Who asks for a process does not expect one, and leaves nothing that connects again there.
      if (call == Call.WHO && !connected) {
        abandon(node, link);
      }
      if (!tellsNothing && call != Call.WHO) {
        tell(node, e);
      }
      throw new IOException(call + " of " + node + " failed: " + e.getStatus(), e);
    } catch (RejectedExecutionException stopping) {
      throw new IOException(call + " of " + node + " failed: " + STOPS, stopping);
    }
  }

  /**
   * The next call takes a new connection. The old one may have come to lead nowhere without being
   * told, as when the other machine lost its power; TCP itself finds that out after minutes.
   */
  private void abandon(String node, Link link) {
    if (links.remove(node, link)) {
      link.channel().shutdown();
    }
  }

  private Link link(String node) throws IOException {
    if (closed) {
      throw new IOException(STOPS);
    }
    InetSocketAddress address = addresses.get(node);
    if (address == null) {
      throw new IOException("the address of " + node + " is not known");
    }
    return links.compute(
        node,
        (_, present) -> {
          if (present != null && present.address().equals(address)) {
            return present;
          }
          if (present != null) {
            present.channel().shutdownNow();
          }
          return new Link(address, connect(address), new AtomicLong(), new AtomicLong());
        });
  }

  private ManagedChannel connect(InetSocketAddress address) {
    NettyChannelBuilder channel =
        address.isUnresolved()
            ? NettyChannelBuilder.forAddress(
                address.getHostString(), address.getPort(), channelCredentials)
            : NettyChannelBuilder.forAddress(address, channelCredentials);
    return channel
        .directExecutor()
        .eventLoopGroup(loops)
        .channelType(NioSocketChannel.class)
        .maxInboundMessageSize(maxMessageBytes)
        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
        .build();
  }

  /** Where it serves. */
  public int port() {
    Server running = server;
    return running == null ? -1 : running.getPort();
  }

  @Override
  public void close() {
    closed = true;
    links.values().forEach(link -> link.channel().shutdownNow());
    Server running = server;
    if (running != null) {
      end(running.shutdownNow());
    }
    handlers.shutdown();
    Thread _ = Thread.ofVirtual().name("capstan-peer-end").start(this::endLoops);
  }

  /** When nobody answers any more: an answer that finds no loop would be told as an error. */
  private void endLoops() {
    try {
      boolean _ = handlers.awaitTermination(ANSWERED_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Future<?> _ = loops.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS);
  }

  private static void end(Server server) {
    try {
      server.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A way to a node.
   *
   * @param missedAt nanoseconds since when calls find that it is not connected; 0 when it is
   * @param hurriedAt nanoseconds when it was last told not to wait before it connects again
   */
  private record Link(
      InetSocketAddress address,
      ManagedChannel channel,
      AtomicLong missedAt,
      AtomicLong hurriedAt) {
    boolean isConnected() {
      boolean connected = channel.getState(false) == ConnectivityState.READY;
      if (connected) {
        missedAt.set(0);
      } else {
        boolean _ = missedAt.compareAndSet(0, System.nanoTime());
      }
      return connected;
    }

    boolean isMissedFor(Duration time) {
      return !isConnected() && System.nanoTime() - missedAt.get() > time.toNanos();
    }

    /**
     * Tries again to connect, rather than in the seconds or minutes that gRPC waits after several
     * failures: a replica that is back must be reached before anybody misses it.
     */
    void hurry() {
      long now = System.nanoTime();
      long last = hurriedAt.get();
      if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE
          && (last == 0 || now - last > AGAIN_AFTER.toNanos())
          && hurriedAt.compareAndSet(last, now)) {
        channel.resetConnectBackoff();
      }
    }
  }

  /** Messages as they are. */
  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
