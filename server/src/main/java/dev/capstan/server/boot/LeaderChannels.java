package dev.capstan.server.boot;

import dev.capstan.node.config.HostPort;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.server.grpc.Onward;
import dev.capstan.server.membership.Roster;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The way to the gRPC port of the coordinator that leads: one channel at a time. Any thread. */
final class LeaderChannels implements Onward.Way, AutoCloseable {
  private final Leadership leadership;
  private final Supplier<@Nullable String> leader;
  private final BooleanSupplier mayBeLed;
  private final Roster roster;
  private final SslContext tls;
  private final int largestMessage;
  private @Nullable HostPort address;
  private @Nullable ManagedChannel channel;

  /**
   * @param leader the id of the coordinator that leads; null while none is known
   * @param mayBeLed whether one is known or may soon be
   * @param tls trusts coordinators of the cluster and shows nothing of itself
   * @param largestMessage bytes of an answer
   */
  LeaderChannels(
      Leadership leadership,
      Supplier<@Nullable String> leader,
      BooleanSupplier mayBeLed,
      Roster roster,
      SslContext tls,
      int largestMessage) {
    this.leadership = leadership;
    this.leader = leader;
    this.mayBeLed = mayBeLed;
    this.roster = roster;
    this.tls = tls;
    this.largestMessage = largestMessage;
  }

  @Override
  public boolean isHere() {
    return leadership.isHere();
  }

  @Override
  public boolean mayBeFound() {
    return mayBeLed.getAsBoolean();
  }

  @Override
  public synchronized @Nullable Channel leader() {
    CoordinatorPlace place = roster.coordinator(leader.get());
    if (place == null) {
      return null;
    }
    if (!place.grpc().equals(address)) {
      close();
      address = place.grpc();
      channel =
          NettyChannelBuilder.forAddress(place.grpc().host(), place.grpc().port())
              .sslContext(tls)
              .maxInboundMessageSize(largestMessage)
              .build();
    }
    return channel;
  }

  @Override
  public synchronized void close() {
    if (channel != null) {
      // What is under way on it may end.
      channel.shutdown();
      channel = null;
      address = null;
    }
  }
}
