package dev.capstan.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Whether servers that keep somebody waiting still answer at all: a machine that stands still, or
 * that the network has lost, takes requests and never answers them. Each server is asked at most
 * once a second, however many wait for it. Safe for any thread.
 */
final class Liveness {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final HttpClient http;
  private final Map<String, Asked> asked = new ConcurrentHashMap<>();

  Liveness(HttpClient http) {
    this.http = http;
  }

  private record Asked(long atNanos, CompletableFuture<Boolean> answers) {}

  /** Asks, or takes the answer that another one waits for or had just now; blocks meanwhile. */
  boolean answers(String server) throws InterruptedException {
    Asked question =
        asked.compute(
            server,
            (_, last) -> {
              long now = System.nanoTime();
              boolean fresh =
                  last != null && (!last.answers().isDone() || now - last.atNanos() < FRESH_NANOS);
              return fresh ? last : new Asked(now, ask(server));
            });
    try {
      return question.answers().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a question that never fails", e);
    }
  }

  private CompletableFuture<Boolean> ask(String server) {
    HttpRequest question =
        HttpRequest.newBuilder(URI.create(server + "/livez")).timeout(PATIENCE).build();
    return http.sendAsync(question, BodyHandlers.discarding())
        .handle((_, failure) -> failure == null);
  }
}
