package dev.capstan.server.lifecycle;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * Where life-cycle events go.
 *
 * @param uri http or https
 * @param headers sent with each request, never shown
 * @param batched many in a request (batched content mode), else one (structured)
 * @param statusChanges whether the optional status-changed events are sent too
 * @param mostWaiting how many executions may have something that waits to be sent
 * @param answerWithin for the receiver; after that it is tried again
 */
public record SinkSettings(
    URI uri,
    Map<String, String> headers,
    boolean batched,
    boolean statusChanges,
    int mostWaiting,
    Duration answerWithin) {
  /** How long receivers get by themselves. */
  public static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

  public SinkSettings {
    headers = Map.copyOf(headers);
  }

  @Override
  public String toString() {
    return "sink " + uri;
  }
}
