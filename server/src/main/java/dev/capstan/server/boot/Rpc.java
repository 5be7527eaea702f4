package dev.capstan.server.boot;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.env.PortOwner;
import dev.capstan.node.env.StartupRefusal;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC services, reachable inside this process under a name of their own, and, if wanted, over
 * a socket.
 */
final class Rpc implements AutoCloseable {
  private static final long GRACE_MILLIS = 300;

  /** A message has one payload, or many that are small together. */
  private static final int PAYLOADS_A_MESSAGE = 4;

  private static final int CALLS_A_CONNECTION = 128;
  private static final Duration HANDSHAKE = Duration.ofSeconds(10);
  private static final Duration LONGEST_IDLE = Duration.ofMinutes(5);

  /**
   * Then new calls come over a new connection, whose certificate is looked at; those that run stay,
   * and sessions end with their certificate.
   */
  private static final Duration LONGEST_CONNECTION = Duration.ofMinutes(30);

  /** Coordinators ask so often whether a connection still stands over which they sent starts. */
  static final Duration MOST_FREQUENT_PING = Duration.ofSeconds(10);

  private final String name = "capstan-" + UUID.randomUUID();
  private final RpcThreads threads;
  private final List<Server> servers = new ArrayList<>();
  private final @Nullable Server socket;

  /**
   * @param interceptors look at each call, in order
   * @param tls null for a server that is open, on loopback and inside this process; with TLS there
   *     is no way in but over the socket
   */
  Rpc(
      CoordinatorConfig config,
      RpcThreads threads,
      List<BindableService> services,
      List<ServerInterceptor> interceptors,
      @Nullable SslContext tls) {
    this.threads = threads;
    List<ServerServiceDefinition> guarded =
        services.stream()
            .map(service -> ServerInterceptors.interceptForward(service, interceptors))
            .toList();
    if (tls == null) {
      start(InProcessServerBuilder.forName(name), guarded, config);
    }
    Integer port = config.grpcPort();
    socket = port == null ? null : start(socket(config, port, tls), guarded, config);
  }

  private static NettyServerBuilder socket(
      CoordinatorConfig config, int port, @Nullable SslContext tls) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(config.grpcHost(), port))
            .maxConcurrentCallsPerConnection(CALLS_A_CONNECTION)
            .handshakeTimeout(HANDSHAKE.toSeconds(), TimeUnit.SECONDS)
            .permitKeepAliveTime(MOST_FREQUENT_PING.toSeconds() / 2, TimeUnit.SECONDS)
            .maxConnectionIdle(LONGEST_IDLE.toSeconds(), TimeUnit.SECONDS)
            .maxConnectionAge(LONGEST_CONNECTION.toSeconds(), TimeUnit.SECONDS)
            .addStreamTracerFactory(new StrangersBound());
    return tls == null ? builder : builder.sslContext(tls);
  }

  private Server start(
      ServerBuilder<?> builder, List<ServerServiceDefinition> services, CoordinatorConfig config) {
    services.forEach(builder::addService);
    threads.serve(builder);
    Server server =
        builder.maxInboundMessageSize(PAYLOADS_A_MESSAGE * config.limits().payloadBytes()).build();
    try {
      server.start();
    } catch (IOException e) {
      close();
      throw new StartupRefusal(
          StartupRefusal.Code.ADDRESS_UNAVAILABLE,
          unavailable(config, e),
          "Workers and clients could not connect with gRPC",
          "stop what uses the port, or choose another one; 0 takes any that is free",
          e);
    }
    servers.add(server);
    return server;
  }

  private static String unavailable(CoordinatorConfig config, IOException failure) {
    Integer port = config.grpcPort();
    String owner = port == null ? null : new PortOwner(Path.of("/proc")).find(port);
    return owner == null
        ? "Can't listen on " + config.grpcHost() + ":" + port + " (" + failure.getMessage() + ")"
        : "Port " + port + " on " + config.grpcHost() + " is taken by " + owner;
  }

  /** For a channel inside this process. */
  String name() {
    return name;
  }

  /** The port of the socket; null without one. */
  @Nullable Integer port() {
    return socket == null ? null : socket.getPort();
  }

  @Override
  public void close() {
    servers.forEach(Server::shutdown);
    try {
      for (Server server : servers) {
        if (!server.awaitTermination(GRACE_MILLIS, TimeUnit.MILLISECONDS)) {
          server.shutdownNow();
        }
      }
    } catch (InterruptedException e) {
      servers.forEach(Server::shutdownNow);
      Thread.currentThread().interrupt();
    }
  }
}
