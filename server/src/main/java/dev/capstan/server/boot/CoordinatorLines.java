package dev.capstan.server.boot;

import dev.capstan.node.config.HostPort;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.server.grpc.Ways;
import dev.capstan.server.membership.Roster;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connections to the gRPC ports of other coordinators, for streams that stay: as many as it takes,
 * since one carries a limited number, and none that nobody uses. Any thread.
 */
final class CoordinatorLines implements Ways.Lines, AutoCloseable {
  /** Fewer than a coordinator takes, beyond which streams would wait to begin. */
  private static final int STREAMS_A_CONNECTION = 100;

  private static final int CONNECTED_WITHIN_MILLIS = 2_000;

  /** Then the connection is broken, though the other one may still be known to lead. */
  private static final long ANSWERED_WITHIN_MILLIS = 10_000;

  private final Roster roster;
  private final SslContext tls;
  private final int largestMessage;
  private final List<Shared> connections = new ArrayList<>();

  /**
   * @param tls trusts coordinators of the cluster and shows nothing of itself
   * @param largestMessage bytes of a reply
   */
  CoordinatorLines(Roster roster, SslContext tls, int largestMessage) {
    this.roster = roster;
    this.tls = tls;
    this.largestMessage = largestMessage;
  }

  private static final class Shared {
    private final HostPort address;
    private final ManagedChannel channel;
    private int streams;

    private Shared(HostPort address, ManagedChannel channel) {
      this.address = address;
      this.channel = channel;
    }
  }

  private record Part(CoordinatorLines lines, Shared shared) implements Ways.Line {
    @Override
    public Channel channel() {
      return shared.channel;
    }

    @Override
    public void release() {
      lines.release(shared);
    }
  }

  @Override
  public synchronized Ways.@Nullable Line take(String coordinator) {
    CoordinatorPlace place = roster.coordinator(coordinator);
    if (place == null) {
      return null;
    }
    Shared shared =
        connections.stream()
            .filter(
                each -> each.address.equals(place.grpc()) && each.streams < STREAMS_A_CONNECTION)
            .findFirst()
            .orElseGet(() -> connect(place.grpc()));
    shared.streams++;
    return new Part(this, shared);
  }

  private Shared connect(HostPort address) {
    Shared opened =
        new Shared(
            address,
            NettyChannelBuilder.forAddress(address.host(), address.port())
                .sslContext(tls)
                .maxInboundMessageSize(largestMessage)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECTED_WITHIN_MILLIS)
                .keepAliveTime(Rpc.MOST_FREQUENT_PING.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(ANSWERED_WITHIN_MILLIS, TimeUnit.MILLISECONDS)
                .build());
    connections.add(opened);
    return opened;
  }

  private synchronized void release(Shared shared) {
    if (--shared.streams == 0) {
      connections.remove(shared);
      shared.channel.shutdown();
    }
  }

  @Override
  public synchronized void close() {
    connections.forEach(each -> each.channel.shutdownNow());
    connections.clear();
  }
}
