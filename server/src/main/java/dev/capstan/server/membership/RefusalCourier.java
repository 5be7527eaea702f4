package dev.capstan.server.membership;

import dev.capstan.api.v1.MembershipGrpc;
import dev.capstan.api.v1.RefusalsReply;
import dev.capstan.api.v1.RefusalsRequest;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.joining.CoordinatorPlace;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings what a coordinator tells of intruders to where the audit is written: here if it leads,
 * else to the one that does, over a connection of its own each time. Any thread.
 */
final class RefusalCourier implements Intruders.Audit {
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final Registrar registrar;
  private final Roster roster;
  private final String self;
  private final SslContext tls;
  private final BooleanSupplier leads;
  private final Supplier<@Nullable String> leader;

  /**
   * @param tls shows who this coordinator is, and believes coordinators only
   */
  RefusalCourier(
      Registrar registrar,
      Roster roster,
      String self,
      SslContext tls,
      BooleanSupplier leads,
      Supplier<@Nullable String> leader) {
    this.registrar = registrar;
    this.roster = roster;
    this.self = self;
    this.tls = tls;
    this.leads = leads;
    this.leader = leader;
  }

  @Override
  public @Nullable CompletableFuture<?> record(List<Intruder> intruders) {
    if (leads.getAsBoolean()) {
      return registrar.record(self, intruders);
    }
    CoordinatorPlace place = roster.coordinator(leader.get());
    return place == null || place.node().equals(self) ? null : send(place.grpc(), intruders);
  }

  private CompletableFuture<?> send(HostPort address, List<Intruder> intruders) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(address.host(), address.port()).sslContext(tls).build();
    Answer answer = new Answer();
    MembershipGrpc.newStub(channel)
        .withDeadlineAfter(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
        .tellRefusals(
            RefusalsRequest.newBuilder()
                .addAllRefused(intruders.stream().map(Intruder::message).toList())
                .build(),
            answer);
    return answer.done.whenComplete((_, _) -> channel.shutdown());
  }

  private static final class Answer implements StreamObserver<RefusalsReply> {
    final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

    @Override
    public void onNext(RefusalsReply reply) {}

    @Override
    public void onError(Throwable error) {
      done.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      done.complete(null);
    }
  }
}
