package dev.capstan.worker.authentication;

import java.net.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The tries of one request to prove who sends it. Used by one thread; an interrupt gives up. Both
 * methods throw a {@link dev.capstan.worker.executor.TaskFault} of type {@code authentication} when
 * there is no proof, and {@code communication} when an authority does not answer.
 */
public interface Authorization {

  /** The Authorization header of the first try; null when it goes without. */
  @Nullable String first() throws InterruptedException;

  /** That of one more try after a refusal with status 401; null when the refusal stands. */
  @Nullable String next(HttpHeaders refusal) throws InterruptedException;
}
