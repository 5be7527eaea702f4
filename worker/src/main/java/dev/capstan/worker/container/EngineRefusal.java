package dev.capstan.worker.container;

import java.io.IOException;

/** An engine answered that it does not do what it was asked for. */
final class EngineRefusal extends IOException {

  private static final long serialVersionUID = 1L;

  private final int status;

  /** As the engine says it. */
  EngineRefusal(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The HTTP status. */
  int status() {
    return status;
  }

  /** The engine's words. */
  String words() {
    return String.valueOf(getMessage());
  }
}
