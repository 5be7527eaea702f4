package dev.capstan.server.lifecycle;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Posts to the receiver (CloudEvents HTTP binding 1.0.2, sections 3.2 and 3.3). Follows no
 * redirects, and reads no body of an answer. For one thread.
 */
final class SinkClient implements AutoCloseable {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
  private static final int SUCCESS = 2;
  private static final int CLIENT_ERROR = 4;
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_EARLY = 425;
  private static final int TOO_MANY = 429;

  private final SinkSettings settings;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_WITHIN)
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  SinkClient(SinkSettings settings) {
    this.settings = settings;
  }

  /** What became of a request. */
  sealed interface Outcome {
    record Taken() implements Outcome {}

    /** Another try would not help. */
    record Refused(int status) implements Outcome {}

    /** Another try may help. */
    record NotNow(String why) implements Outcome {}
  }

  Outcome send(String body) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(settings.uri())
            .timeout(settings.answerWithin())
            .header(
                "Content-Type",
                settings.batched()
                    ? "application/cloudevents-batch+json; charset=utf-8"
                    : "application/cloudevents+json; charset=utf-8")
            .POST(BodyPublishers.ofString(body));
    settings.headers().forEach(request::header);
    CompletableFuture<Integer> answer =
        client
            .sendAsync(request.build(), BodyHandlers.discarding())
            .thenApply(response -> response.statusCode());
    try {
      // The client's own limit ends with the headers; this one includes the body.
      return outcome(answer.get(settings.answerWithin().toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException e) {
      return new Outcome.NotNow(
          e.getCause() instanceof IOException broken ? broken.toString() : e.toString());
    } catch (TimeoutException e) {
      return new Outcome.NotNow("no answer within " + settings.answerWithin());
    } finally {
      answer.cancel(true);
    }
  }

  private static Outcome outcome(int status) {
    if (status / 100 == SUCCESS) {
      return new Outcome.Taken();
    }
    boolean forGood =
        status / 100 == CLIENT_ERROR
            && status != REQUEST_TIMEOUT
            && status != TOO_EARLY
            && status != TOO_MANY;
    return forGood ? new Outcome.Refused(status) : new Outcome.NotNow("status " + status);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
