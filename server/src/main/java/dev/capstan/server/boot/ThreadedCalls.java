package dev.capstan.server.boot;

import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.log.PeerNetwork.Call;
import dev.capstan.server.post.PeerCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Calls over the network of the coordinators, which blocks.
 *
 * @param threads for what waits for it
 */
record ThreadedCalls(AnsweringNetwork network, Executor threads) implements PeerCalls {
  @Override
  public CompletableFuture<byte[]> call(String node, Call call, byte[] request, Duration atMost) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    try {
      threads.execute(() -> {
        try {
          answer.complete(network.call(node, call, request, atMost));
        } catch (IOException | RuntimeException e) {
          answer.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException stopping) {
      answer.completeExceptionally(stopping);
    }
    return answer;
  }

  @Override
  public void answer(Call call, Answers answers) {
    network.answer(call, (_, request) -> await(answers.answer(request)));
  }

  private static byte[] await(CompletableFuture<byte[]> answer) throws IOException {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the coordinator stops", e);
    } catch (ExecutionException e) {
      throw new IOException("there is no answer", e);
    }
  }
}
