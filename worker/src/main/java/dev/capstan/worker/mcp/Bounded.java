package dev.capstan.worker.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Holds a conversation on a thread of its own, so that it can be left at any point: when its time
 * is over, and when the attempt is cancelled.
 */
final class Bounded {

  private Bounded() {}

  /** The result of the method; the channel is closed, or given up, in any case. */
  static JsonNode hold(Channel channel, McpCall call) throws InterruptedException {
    FutureTask<JsonNode> conversation = new FutureTask<>(() -> Conversation.hold(channel, call));
    Thread thread = channel.threads().name("capstan-mcp").start(conversation);
    boolean over = false;
    try {
      JsonNode result = result(conversation, call);
      over = true;
      return result;
    } catch (ExecutionException e) {
      over = true;
      throw failure(e);
    } catch (TimeoutException e) {
      throw new TaskFault(
          ErrorType.TIMEOUT.fault(
              "MCP call timed out",
              call.method() + " was not answered within " + call.timeout() + "."));
    } finally {
      if (over) {
        channel.close();
      } else {
        thread.interrupt();
        channel.abort();
      }
    }
  }

  private static JsonNode result(FutureTask<JsonNode> conversation, McpCall call)
      throws InterruptedException, ExecutionException, TimeoutException {
    Duration timeout = call.timeout();
    return timeout == null
        ? conversation.get()
        : conversation.get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
  }

  private static RuntimeException failure(ExecutionException e) {
    return e.getCause() instanceof RuntimeException cause
        ? cause
        : new IllegalStateException(e.getCause());
  }
}
