package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;

/**
 * A decision about one execution failed through a fault of the engine. The execution is as it was
 * before.
 */
final class Poisoned extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Poisoned(String message) {
    super(message, null, false, false);
  }

  String reason() {
    return String.valueOf(getMessage());
  }

  Refusal refusal() {
    return new Refusal(
        Refusal.Code.INTERNAL,
        reason(),
        "Nothing has changed. Other executions go on. Please report this with the server's log.");
  }
}
