package dev.capstan.verify.crash;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.client.ExecutionStream;
import dev.capstan.client.WorkflowName;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Starts executions as fast as they are taken, and notes which starts were acknowledged and how
 * those ended that were told of.
 */
final class Load {
  private static final int IN_FLIGHT = 64;

  private final Map<String, String> acknowledged = new ConcurrentSkipListMap<>();
  private final Map<String, String> told = new ConcurrentSkipListMap<>();
  private final AtomicInteger sent = new AtomicInteger();

  /** Ids whose start was acknowledged, with the name of their definition. */
  Map<String, String> acknowledged() {
    return acknowledged;
  }

  /** Ids whose end was told, with the status. */
  Map<String, String> told() {
    return told;
  }

  int sent() {
    return sent.get();
  }

  /** Sends to a node until it goes away or {@code atMost} were sent to it. */
  void send(int port, String[] definitions, int atMost) throws InterruptedException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    try (ExecutionStream stream = ExecutionStream.open(channel, IN_FLIGHT)) {
      for (int i = 0; i < atMost && !channel.isShutdown(); i++) {
        int number = sent.incrementAndGet();
        String name = definitions[number % definitions.length];
        String id = "x-%06d".formatted(number);
        JsonNode input = JsonNodeFactory.instance.objectNode().put("number", number);
        ExecutionStream.Submitted submitted =
            stream.submit(
                new ExecutionStream.Start(new WorkflowName("crash", name, null), id, input));
        var _ = submitted.accepted().thenAccept(started -> acknowledged.put(started, name));
        if (submitted.ended() != null) {
          var _ = submitted.ended().thenAccept(outcome -> told.put(outcome.id(), outcome.status()));
        }
        if (submitted.accepted().isCompletedExceptionally()) {
          return;
        }
      }
      // A stream that breaks is what a crash looks like from here.
      stream.complete().exceptionally(_ -> null).join();
    } finally {
      channel.shutdownNow();
    }
  }
}
