package dev.capstan.client;

import static dev.capstan.client.CapstanClient.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Accepted;
import dev.capstan.api.v1.Ended;
import dev.capstan.api.v1.ExecutionsGrpc;
import dev.capstan.api.v1.Refused;
import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ExecutionStreamTest {
  private static final WorkflowName ORDER = new WorkflowName("shop", "order", null);

  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = NettyServerBuilder.forAddress(any).addService(new Echo()).build().start();
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  /**
   * Ends each execution with its input as output; refuses the name "busy", breaks the stream at
   * "break".
   */
  private static final class Echo extends ExecutionsGrpc.ExecutionsImplBase {
    @Override
    public StreamObserver<RunRequest> run(StreamObserver<RunReply> replies) {
      return new StreamObserver<>() {
        @Override
        public void onNext(RunRequest request) {
          RunReply.Builder reply =
              RunReply.newBuilder().setCorrelation(request.getCorrelation()).setId(request.getId());
          switch (request.getName()) {
            case "busy" ->
                replies.onNext(
                    reply
                        .setRefused(
                            Refused.newBuilder()
                                .setCode("CAP-6001")
                                .setDetail("full")
                                .setRetryable(true)
                                .setRetryAfterMillis(7))
                        .build());
            case "break" -> replies.onError(new IllegalStateException("broken"));
            default -> {
              if (request.getAcknowledge()) {
                replies.onNext(reply.setAccepted(Accepted.getDefaultInstance()).build());
              }
              if (request.getWait()) {
                ByteString input = request.getInput();
                replies.onNext(
                    reply
                        .setEnded(Ended.newBuilder().setStatus("completed").setOutput(input))
                        .build());
              }
            }
          }
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {
          replies.onCompleted();
        }
      };
    }
  }

  @Test
  void thousandsOfStartsAreUnderWayOnOneStreamAndEachGetsItsOwnAnswer()
      throws InterruptedException {
    try (ExecutionStream stream = ExecutionStream.open(channel, 1000)) {
      List<CompletableFuture<ExecutionStream.Outcome>> runs = new ArrayList<>();
      for (int i = 0; i < 5000; i++) {
        runs.add(
            stream.run(
                new ExecutionStream.Start(
                    ORDER, "e" + i, Transport.JSON.getNodeFactory().numberNode(i))));
      }
      for (int i = 0; i < runs.size(); i++) {
        ExecutionStream.Outcome outcome = await(runs.get(i));
        assertThat(outcome.id()).isEqualTo("e" + i);
        assertThat(outcome.output()).hasToString(Integer.toString(i));
      }
      await(stream.complete());
      assertThat(stream.inFlight()).isZero();
    }
  }

  @Test
  void aStartIsAcceptedBeforeItEnds() throws InterruptedException {
    try (ExecutionStream stream = ExecutionStream.open(channel, 10)) {
      ExecutionStream.Submitted submitted =
          stream.submit(new ExecutionStream.Start(ORDER, "e1", null));

      assertThat(await(submitted.accepted())).isEqualTo("e1");
      assertThat(await(submitted.ended()).status()).isEqualTo("completed");
    }
  }

  @Test
  void aRefusalFailsItsStartAlone() throws InterruptedException {
    try (ExecutionStream stream = ExecutionStream.open(channel, 10)) {
      CompletableFuture<String> refused =
          stream.start(
              new ExecutionStream.Start(new WorkflowName("shop", "busy", null), "e1", null));

      assertThatExceptionOfType(CapstanException.Unavailable.class)
          .isThrownBy(() -> await(refused))
          .satisfies(failure -> assertThat(failure.problem().retryAfterMs()).isEqualTo(7));
      assertThat(await(stream.start(new ExecutionStream.Start(ORDER, "e2", null)))).isEqualTo("e2");
    }
  }

  @Test
  void whenTheStreamBreaksAllThatIsUnansweredFails() throws InterruptedException {
    try (ExecutionStream stream = ExecutionStream.open(channel, 10)) {
      CompletableFuture<String> broken =
          stream.start(
              new ExecutionStream.Start(new WorkflowName("shop", "break", null), "e1", null));

      assertThatExceptionOfType(CapstanException.Unavailable.class)
          .isThrownBy(() -> await(broken))
          .satisfies(failure -> assertThat(failure.problem().applied()).isEqualTo("unknown"));
      CompletableFuture<String> late = stream.start(new ExecutionStream.Start(ORDER, "e2", null));
      assertThatExceptionOfType(CapstanException.Unavailable.class).isThrownBy(() -> await(late));
    }
  }
}
