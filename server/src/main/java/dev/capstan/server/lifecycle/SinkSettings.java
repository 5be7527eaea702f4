package dev.capstan.server.lifecycle;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where life-cycle events go.
 *
 * @param uri http or https
 * @param token sent as a bearer token, never shown; null for none
 * @param batched many in a request (batched content mode), else one (structured)
 * @param statusChanges whether the optional status-changed events are sent too
 * @param mostWaiting how many executions may have something that waits to be sent
 * @param answerWithin for the receiver; after that it is tried again
 */
public record SinkSettings(
    URI uri,
    @Nullable String token,
    boolean batched,
    boolean statusChanges,
    int mostWaiting,
    Duration answerWithin) {
  /** How long receivers get by themselves. */
  public static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

  @Override
  public String toString() {
    return "sink " + uri;
  }
}
