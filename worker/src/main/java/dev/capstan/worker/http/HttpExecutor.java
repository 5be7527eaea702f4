package dev.capstan.worker.http;

import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import java.util.List;

/**
 * Runs {@code call:http} (DSL reference, HTTP call). An answer outside 200 to 299, or outside 200
 * to 399 with {@code redirect: true}, is a {@code communication} error with that status; no answer
 * is one with status 500. Sends the task's idempotency key as {@code Idempotency-Key} unless the
 * definition sets that header.
 */
public final class HttpExecutor implements Executor {

  private final Limits limits;
  private final Transport transport;

  public HttpExecutor(Limits limits, Transport transport) {
    this.limits = limits;
    this.transport = transport;
  }

  @Override
  public List<String> kinds() {
    return List.of("call:http");
  }

  @Override
  public Outcome run(Attempt attempt) throws InterruptedException {
    HttpCall call = HttpCall.of(Arguments.of(attempt));
    if (!attempt.idempotencyKey().isEmpty()) {
      call.setDefault("idempotency-key", attempt.idempotencyKey());
    }
    Answer answer = transport.send(call, limits.responseBytes());
    int highest = call.redirect() ? 399 : 299;
    if (answer.status() < 200 || answer.status() > highest) {
      return new Outcome.Faulted(Failures.of(answer));
    }
    return new Outcome.Completed(HttpOutput.of(answer));
  }

  @Override
  public void close() {
    transport.close();
  }
}
