package dev.capstan.worker.http;

import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import java.util.Collection;

/**
 * Makes the HTTP call of an attempt: what {@code call:http} and every kind of call that ends in one
 * have in common. An answer outside 200 to 299, or outside 200 to 399 with {@code redirect: true},
 * is a {@code communication} error with that status; no answer is one with status 500. Sends the
 * task's idempotency key as {@code Idempotency-Key} unless the arguments set that header. Safe for
 * concurrent use.
 */
public final class HttpCaller implements AutoCloseable {

  private final Limits limits;
  private final Transport transport;

  public HttpCaller(Limits limits, Transport transport) {
    this.limits = limits;
    this.transport = transport;
  }

  /**
   * Calls and waits for the answer; an interrupt gives the call up.
   *
   * @param arguments those of {@code call:http}
   * @param secrets what must show neither in errors nor in the output, besides what the arguments
   *     themselves tell to be secret
   */
  public Outcome call(Attempt attempt, Arguments arguments, Collection<String> secrets)
      throws InterruptedException {
    HttpCall call = HttpCall.of(arguments);
    secrets.forEach(call.secrets()::add);
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
