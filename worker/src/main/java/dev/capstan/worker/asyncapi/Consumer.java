package dev.capstan.worker.asyncapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Hands the messages of a subscription over, one after the other, until its attempt is cancelled.
 * The subscription has a thread of its own, which no cancelling interrupts: what the engine has
 * taken is acknowledged before the subscription ends.
 */
final class Consumer {

  /** How soon a cancelled attempt is noticed where no message comes. */
  private static final Duration SLICE = Duration.ofMillis(250);

  /** For acknowledging what was taken and for saying goodbye. */
  private static final long GOODBYE_SECONDS = 5;

  private final Attempt attempt;
  private final Callable<Subscription> opening;
  private final Messages messages;

  private Consumer(Attempt attempt, Callable<Subscription> opening, Messages messages) {
    this.attempt = attempt;
    this.opening = opening;
    this.messages = messages;
  }

  static Outcome run(Attempt attempt, Callable<Subscription> opening, Messages messages)
      throws IOException, InterruptedException {
    Consumer consumer = new Consumer(attempt, opening, messages);
    FutureTask<Outcome> consuming = new FutureTask<>(consumer::consume);
    Thread thread = Thread.ofVirtual().name("capstan-messages").start(consuming);
    try {
      return consuming.get();
    } catch (InterruptedException e) {
      if (!hasEnded(consuming)) {
        thread.interrupt();
      }
      throw e;
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  private static RuntimeException failure(@Nullable Throwable cause) throws IOException {
    if (cause instanceof IOException io) {
      throw io;
    }
    return cause instanceof RuntimeException runtime ? runtime : new IllegalStateException(cause);
  }

  /** Whether the thread comes to its end by itself, and in time. */
  private static boolean hasEnded(FutureTask<Outcome> consuming) {
    try {
      var _ = consuming.get(GOODBYE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Outcome consume() throws Exception {
    try (Subscription subscription = opening.call()) {
      while (!attempt.cancelled()) {
        WireMessage message = subscription.next(SLICE);
        if (message != null) {
          if (!attempt.handOver(read(message))) {
            break;
          }
          subscription.acknowledge();
        }
      }
      return new Outcome.Cancelled();
    }
  }

  private JsonNode read(WireMessage message) {
    JsonNode read = messages.incoming(message);
    int size = Json.write(read).length;
    if (size > attempt.maxResultBytes()) {
      throw new TaskFault(
          ErrorType.RUNTIME.fault(
              "Message too large",
              "A message is "
                  + size
                  + " bytes of JSON; the limit is "
                  + attempt.maxResultBytes()
                  + " bytes."));
    }
    return read;
  }
}
