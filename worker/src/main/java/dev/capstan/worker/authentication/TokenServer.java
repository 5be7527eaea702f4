package dev.capstan.worker.authentication;

import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The way to authorities. */
public interface TokenServer {

  /**
   * What is asked.
   *
   * @param headers by name in lower case
   * @param body null when there is none
   * @param secrets what errors must not tell
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Request(
      String method,
      URI uri,
      Map<String, String> headers,
      byte @Nullable [] body,
      Secrets secrets) {

    @Override
    public String toString() {
      return method + " " + uri.getRawPath();
    }
  }

  /** What was answered. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Reply(int status, byte[] content) {

    @Override
    public String toString() {
      return "status " + status;
    }
  }

  /**
   * Asks and waits for the answer.
   *
   * @throws dev.capstan.worker.executor.TaskFault of type {@code communication} when there is none
   */
  Reply ask(Request request) throws InterruptedException;
}
