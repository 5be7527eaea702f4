package dev.capstan.server.grpc;

import dev.capstan.api.v1.RunRequest;
import java.time.Duration;

/**
 * What a client has asked for and was not answered to the end.
 *
 * @param request with the client's correlation; once the start is accepted, one that follows it
 * @param bytes that it holds of those that may be kept
 * @param known what is known of it
 * @param patience nanoseconds for which it may still be held
 */
record Errand(RunRequest request, int bytes, Known known, long patience) {
  /** For as long as requests over HTTP are held while nobody leads. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What is known of a start. */
  enum Known {
    /** Nobody has carried it out. */
    UNDONE,
    /** It may have been carried out. */
    DOUBTFUL,
    /** It was accepted. */
    STARTED
  }

  static Errand of(RunRequest request) {
    return new Errand(request, 0, Known.UNDONE, PATIENCE.toNanos());
  }

  boolean isFollow() {
    return request.getFollow();
  }

  /** Whether it is carried out once however often it is sent: its id tells it from others. */
  boolean isRepeatable() {
    return isFollow() || !request.getId().isEmpty();
  }

  /** What is left of it when it has been accepted under an id. */
  Errand started(String id) {
    return new Errand(RunMessages.follow(request, id), 0, Known.STARTED, PATIENCE.toNanos());
  }

  /** With the bytes that it holds. */
  Errand holding(int held) {
    return new Errand(request, held, known, patience);
  }

  /** After it was sent, and nothing was heard. What waits for long may have to wait anew. */
  Errand unheard() {
    return isFollow()
        ? withPatience(PATIENCE.toNanos())
        : new Errand(request, bytes, Known.DOUBTFUL, patience);
  }

  Errand withPatience(long nanos) {
    return new Errand(request, bytes, known, nanos);
  }
}
