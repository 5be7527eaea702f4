package dev.capstan.server.http;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether other coordinators that keep requests waiting answer at all: where the network has lost
 * one, connections to it stay open and nothing ever comes. Each is asked by one question at a time,
 * however many wait for it. Safe for any thread; nothing blocks.
 */
final class LivenessProbe {
  /** A machine that works hard answers later than the one that asks would like. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final Duration AGAIN_AFTER = Duration.ofMillis(250);

  private final HttpClient client;
  private final Map<URI, Long> askedAt = new ConcurrentHashMap<>();
  private final Map<URI, Long> silentSince = new ConcurrentHashMap<>();

  LivenessProbe(HttpClient client) {
    this.client = client;
  }

  /** Asks whether it answers, unless it was asked just now; {@link #isSilent} tells. */
  void ask(URI coordinator) {
    if (!isMyTurnToAsk(coordinator)) {
      return;
    }
    HttpRequest question =
        HttpRequest.newBuilder(coordinator.resolve("/livez")).timeout(SILENCE).build();
    var _ =
        client
            .sendAsync(question, BodyHandlers.discarding())
            .whenComplete((_, failure) -> {
              if (failure == null) {
                silentSince.remove(coordinator);
              } else if (isSilence(failure)) {
                noteSilence(coordinator);
              }
            });
  }

  /**
   * Whoever refuses a connection, or breaks it, has ended: that is no silence, and another one
   * leads in a moment.
   */
  private static boolean isSilence(Throwable failure) {
    return failure instanceof HttpTimeoutException
        || failure.getCause() instanceof HttpTimeoutException;
  }

  private boolean isMyTurnToAsk(URI coordinator) {
    long now = System.nanoTime();
    Long last = askedAt.get(coordinator);
    if (last == null) {
      return askedAt.putIfAbsent(coordinator, now) == null;
    }
    return now - last >= AGAIN_AFTER.toNanos() && askedAt.replace(coordinator, last, now);
  }

  /** It was asked for something, and there was no connection in time. */
  void noteSilence(URI coordinator) {
    silentSince.put(coordinator, System.nanoTime());
  }

  /** Whether it was found silent a moment ago; after that it may be tried again. */
  boolean isSilent(URI coordinator) {
    Long since = silentSince.get(coordinator);
    return since != null && System.nanoTime() - since < SILENCE.toNanos();
  }
}
