package dev.capstan.server.grpc;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.google.protobuf.ByteString;
import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import dev.capstan.core.history.ErrorType;
import dev.capstan.server.gateway.MemoryGateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.metrics.Metrics;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ExecutionsServiceTest {
  private static final int OUTSTANDING = 8;

  private final MemoryGateway gateway = new MemoryGateway();
  private final Metrics metrics = new Metrics("test");
  private final Server server;
  private final ManagedChannel channel;

  ExecutionsServiceTest() throws IOException {
    server =
        InProcessServerBuilder.forName("executions-" + System.identityHashCode(this))
            .addService(
                new ExecutionsService(
                    gateway, Ways.HERE, () -> Principal.LOCAL, OUTSTANDING, metrics))
            .build()
            .start();
    channel =
        InProcessChannelBuilder.forName("executions-" + System.identityHashCode(this)).build();
  }

  @BeforeEach
  void deploy() {
    assertThat(gateway.deploy(Principal.LOCAL, "document: {namespace: shop, name: order}", "test"))
        .isCompleted();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
    metrics.close();
  }

  private RunClient open() {
    RunClient client = new RunClient();
    ExecutionsGrpc.newStub(channel).run(client);
    return client;
  }

  private static RunRequest.Builder request(long correlation) {
    return RunRequest.newBuilder()
        .setCorrelation(correlation)
        .setNamespace("shop")
        .setName("order");
  }

  @Test
  void aStartIsAcknowledgedAndItsEndComesWhenItHasEnded() {
    RunClient client = open();
    client.requests().onNext(request(7).setId("a").setAcknowledge(true).setWait(true).build());
    await().until(() -> client.replies.size() == 1);
    assertThat(client.replies.getFirst().hasAccepted()).isTrue();

    gateway.complete("a", JsonNodeFactory.instance.objectNode().put("x", 1));

    await().until(() -> client.replies.size() == 2);
    RunReply ended = client.replies.get(1);
    assertThat(ended.getCorrelation()).isEqualTo(7);
    assertThat(ended.getId()).isEqualTo("a");
    assertThat(ended.getEnded().getStatus()).isEqualTo("completed");
    assertThat(ended.getEnded().getOutput().toStringUtf8()).isEqualTo("{\"x\":1}");
  }

  @Test
  void manyThatWaitWithoutAReplyAreAllRead() throws IOException {
    String name = "many-" + System.identityHashCode(this);
    Server wide =
        InProcessServerBuilder.forName(name)
            .addService(
                new ExecutionsService(gateway, Ways.HERE, () -> Principal.LOCAL, 5_000, metrics))
            .build()
            .start();
    ManagedChannel toWide = InProcessChannelBuilder.forName(name).build();
    try {
      RunClient client = new RunClient();
      ExecutionsGrpc.newStub(toWide).run(client);
      for (int i = 0; i < 5_000; i++) {
        client.requests().onNext(request(i).setWait(true).build());
      }
      await().until(() -> gateway.executionIds().size() == 5_000);
      assertThat(client.replies).isEmpty();
    } finally {
      toWide.shutdownNow();
      wide.shutdownNow();
    }
  }

  @Test
  void aFaultComesAsAnErrorObject() {
    RunClient client = open();
    client.requests().onNext(request(1).setId("a").setWait(true).build());
    await().until(() -> gateway.executionIds().contains("a"));

    gateway.fault("a", ErrorType.TIMEOUT.error("late", "/do/0/x"));

    await().until(() -> client.replies.size() == 1);
    assertThat(client.replies.getFirst().getEnded().getStatus()).isEqualTo("faulted");
    assertThat(client.replies.getFirst().getEnded().getError().toStringUtf8())
        .contains("\"status\":408");
  }

  @Test
  void aStartThatIsRefusedLeavesTheStreamOpen() {
    RunClient client = open();
    client.requests().onNext(request(1).setName("nobody").build());
    client.requests().onNext(request(2).setInput(ByteString.copyFromUtf8("{oops")).build());
    client.requests().onNext(RunRequest.newBuilder().setCorrelation(3).build());
    client.requests().onNext(request(4).build());

    await().until(() -> client.replies.size() == 4);
    assertThat(client.replies)
        .extracting(r -> r.getRefused().getCode())
        .containsExactly("CAP-2004", "CAP-2002", "CAP-2002", "");
    assertThat(client.replies.get(1).getRefused().getDetail()).startsWith("the input is not JSON");
    assertThat(client.replies.get(3).hasAccepted()).isTrue();
  }

  @Test
  void aFailureShowsNothingOfItsInside() {
    gateway.startFails = new IllegalStateException("secret detail");
    RunClient client = open();
    client.requests().onNext(request(1).build());

    await().until(() -> client.replies.size() == 1);
    assertThat(client.replies.getFirst().getRefused().getCode()).isEqualTo("CAP-9001");
    assertThat(client.replies.getFirst().getRefused().getDetail()).doesNotContain("secret");
  }

  @Test
  void requestsBeyondTheBoundAreRefusedAsBusyAndCountNothing() {
    CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
    gateway.startsWaitFor = gate;
    RunClient client = open();
    for (int i = 1; i <= OUTSTANDING + 2; i++) {
      client.requests().onNext(request(i).build());
    }
    await().until(() -> client.replies.size() == 2);
    assertThat(client.replies)
        .allSatisfy(reply -> {
          assertThat(reply.getRefused().getCode()).isEqualTo("CAP-6001");
          assertThat(reply.getRefused().getRetryable()).isTrue();
          assertThat(reply.getRefused().getRetryAfterMillis()).isPositive();
        });

    gate.complete(null);

    await().until(() -> client.replies.size() == OUTSTANDING + 2);
    assertThat(gateway.executionIds()).hasSize(OUTSTANDING);
    client.requests().onNext(request(99).build());
    await().until(() -> client.replies.getLast().getCorrelation() == 99);
    assertThat(metrics.scrape()).contains("capstan_grpc_starts_total{result=\"CAP-6001\"} 2.0");
  }

  @Test
  void anEngineThatIsBusySaysWhenToTryAgain() {
    gateway.startFails =
        new Refusal(Refusal.Code.BUSY, "full", null, Duration.ofMillis(40), List.of());
    RunClient client = open();
    client.requests().onNext(request(1).build());

    await().until(() -> client.replies.size() == 1);
    assertThat(client.replies.getFirst().getRefused().getRetryAfterMillis()).isEqualTo(40);
  }

  @Test
  void aHalfClosedStreamEndsAfterItsLastReply() {
    RunClient client = open();
    client.requests().onNext(request(1).setId("a").setWait(true).build());
    client.requests().onCompleted();
    await().until(() -> gateway.executionIds().contains("a"));
    assertThat(client.done).isNotDone();

    gateway.complete("a", JsonNodeFactory.instance.objectNode());

    client.done.join();
    assertThat(client.replies).hasSize(1);
  }

  @Test
  void aStreamThatBreaksIsForgotten() {
    RunClient client = open();
    client.requests().onNext(request(1).setId("a").setWait(true).build());
    await().until(() -> gateway.executionIds().contains("a"));
    assertThat(metrics.scrape()).contains("capstan_grpc_streams 1.0");

    client.requests().cancel("enough", null);

    await().until(() -> metrics.scrape().contains("capstan_grpc_streams 0.0"));
  }

  @Test
  void aClientThatTakesNothingIsNotReadFurther() {
    RunClient client = new RunClient();
    client.takesNothing = true;
    ExecutionsGrpc.newStub(channel).run(client);
    int sent = 4000;
    for (int i = 0; i < sent; i++) {
      client.requests().onNext(request(i).build());
    }
    await().until(() -> gateway.executionIds().size() >= 1000);
    assertThat(gateway.executionIds().size()).isLessThan(sent);

    client.requests().request(Integer.MAX_VALUE);
    client.requests().onCompleted();
    client.done.join();

    Set<Long> answered =
        client.replies.stream().map(RunReply::getCorrelation).collect(Collectors.toSet());
    assertThat(answered).hasSize(sent);
  }
}
