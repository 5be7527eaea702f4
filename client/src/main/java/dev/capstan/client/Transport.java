package dev.capstan.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests, again when that is safe and may help, and turns what goes wrong into {@link
 * CapstanException}s. Methods block; each call is meant to run on a virtual thread. May be used by
 * any thread.
 */
final class Transport implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  /** On an answer: the address of the server that leads, where that is another one. */
  static final String LEADER = "Capstan-Leader";

  private static final int NO_CONTENT = 204;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;

  /** Of two servers, the one that is left is the one to ask. */
  private static final int FEWEST_TO_SEARCH = 3;

  private final HttpClient http;

  private final ClientOptions options;
  private final Servers servers;
  private final Lookout lookout;
  private final Scout scout;
  private final SlowStart slowStart = new SlowStart(System::nanoTime);

  Transport(ClientOptions options) {
    this.options = options;
    this.servers = new Servers(options.servers());
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(options.connectTimeout())
            .executor(task -> Thread.ofVirtual().name("capstan-client-http").start(task));
    SSLContext tls = options.tls();
    this.http = tls == null ? client.build() : secured(client, tls).build();
    this.lookout = new Lookout(http, servers.all());
    this.scout = new Scout(http, servers.all());
  }

  /**
   * With one curve for the agreement on keys, that of the coordinators' certificates: the JDK
   * computes a share for each curve that it offers, and only one of them is used.
   */
  private static HttpClient.Builder secured(HttpClient.Builder client, SSLContext tls) {
    SSLParameters parameters = tls.getDefaultSSLParameters();
    parameters.setNamedGroups(new String[] {"secp256r1"});
    return client.sslContext(tls).sslParameters(parameters);
  }

  /** An answer of status 2xx. */
  record Answer(int status, String text) {
    JsonNode json() {
      return parse(text);
    }

    <R extends Record> R as(Class<R> type) {
      return read(json(), type);
    }
  }

  /** The address that is asked at present. */
  String server() {
    return servers.present();
  }

  /**
   * Sends a request and waits for its answer. Where a server can't be reached, the others are tried
   * before the policy's pause.
   *
   * @throws CapstanException when it was not carried out, also after the repetitions that the
   *     policy allows
   */
  Answer send(Request request) throws InterruptedException {
    int attempts = 0;
    int unreached = 0;
    boolean doubtful = false;
    while (true) {
      String server = servers.present();
      CapstanException failure;
      try {
        HttpResponse<String> response = answer(server, request);
        unreached = 0;
        follow(server, response);
        if (response.statusCode() / 100 == 2) {
          return new Answer(response.statusCode(), response.body());
        }
        if (doubtful && response.statusCode() == NOT_FOUND && request.method().equals("DELETE")) {
          // It is gone, as was asked for: the time before, whose answer did not come.
          return new Answer(NO_CONTENT, "");
        }
        failure = CapstanException.of(problem(response.statusCode(), response.body(), request));
      } catch (IOException e) {
        leave(server);
        unreached++;
        failure = unreachable(server, request, e);
      }
      if (!mayRepeat(request, failure)) {
        throw failure;
      }
      doubtful |= !failure.problem().leftNothingChanged();
      if (unreached == 0 || unreached % servers.count() == 0) {
        attempts++;
        if (attempts >= options.retries().attempts()) {
          throw failure;
        }
        pause(attempts, failure.problem());
      }
    }
  }

  /**
   * Waits for the answer; where others could give it too, only for as long as the server shows that
   * it is there, and nobody else shows that it leads instead.
   */
  private HttpResponse<String> answer(String server, Request request)
      throws IOException, InterruptedException {
    HttpRequest message = message(server, request);
    if (servers.count() == 1) {
      return http.send(message, BodyHandlers.ofString());
    }
    slowStart.enter(server);
    long sent = System.nanoTime();
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(message, BodyHandlers.ofString());
    try {
      while (true) {
        try {
          return answer.get(lookout.pause(server).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException notYet) {
          Duration waited = Duration.ofNanos(System.nanoTime() - sent);
          heed(lookout.about(server, waited), server, request);
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException broken ? broken : new IOException(e.getCause());
    } finally {
      answer.cancel(true);
      slowStart.left(server);
    }
  }

  private void heed(Lookout.Advice advice, String server, Request request) throws IOException {
    switch (advice) {
      case Lookout.Advice.Stay() -> {}
      case Lookout.Advice.Leave() -> throw new IOException("it does not answer any more");
      case Lookout.Advice.Follow(String leader) -> {
        servers.saysLeads(server, leader);
        // What can't be sent twice is not given up while it may yet be answered.
        if (request.repeatable()) {
          throw new IOException("another server leads by now");
        }
      }
    }
  }

  /**
   * Whoever had to ask another server for the answer says which: the next request goes there. From
   * one that can't have it answered, because it is cut off for example, it goes to the next one.
   */
  private void follow(String server, HttpResponse<?> response) {
    response.headers().firstValue(LEADER).ifPresent(leader -> servers.saysLeads(server, leader));
    if (response.statusCode() == UNAVAILABLE) {
      servers.doesNotAnswer(server);
    }
  }

  /** Goes from a server that does not answer to the one that leads by now, or else to the next. */
  private void leave(String server) throws InterruptedException {
    if (servers.count() >= FEWEST_TO_SEARCH && servers.present().equals(server)) {
      String leader = scout.insteadOf(server);
      if (leader != null) {
        servers.saysLeads(server, leader);
        return;
      }
    }
    servers.doesNotAnswer(server);
  }

  /** Opens a stream of server-sent events, once. */
  InputStream stream(String path, @Nullable String lastEventId) throws InterruptedException {
    Request request = Request.get(path).with("Accept", "text/event-stream");
    if (lastEventId != null) {
      request = request.with("Last-Event-ID", lastEventId);
    }
    String server = servers.present();
    try {
      // Without a time limit: a stream lives as long as its execution; comments of the server show
      // that it does.
      HttpResponse<InputStream> response =
          http.send(builder(server, request).build(), BodyHandlers.ofInputStream());
      if (response.statusCode() / 100 == 2) {
        return response.body();
      }
      try (InputStream body = response.body()) {
        throw CapstanException.of(
            problem(
                response.statusCode(),
                new String(body.readAllBytes(), StandardCharsets.UTF_8),
                request));
      }
    } catch (IOException e) {
      leave(server);
      throw unreachable(server, request, e);
    }
  }

  void pause(int attempts, Problem problem) throws InterruptedException {
    long asked = problem.retryAfterMs() == null ? 0 : problem.retryAfterMs();
    Thread.sleep(
        options.retries().pauseMillis(attempts, ThreadLocalRandom.current().nextDouble(), asked));
  }

  private static boolean mayRepeat(Request request, CapstanException failure) {
    Problem problem = failure.problem();
    return problem.retryable() && (request.repeatable() || problem.leftNothingChanged());
  }

  private HttpRequest message(String server, Request request) {
    return builder(server, request).timeout(options.requestTimeout().plus(request.more())).build();
  }

  private HttpRequest.Builder builder(String server, Request request) {
    HttpRequest.Builder message =
        HttpRequest.newBuilder(URI.create(server + request.path()))
            .method(
                request.method(),
                request.body() == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(request.bytes()))
            .setHeader("User-Agent", options.userAgent());
    if (!request.headers().containsKey("Accept")) {
      message.setHeader("Accept", "application/json");
    }
    if (options.token() != null) {
      message.setHeader("Authorization", "Bearer " + options.token());
    }
    request.headers().forEach(message::setHeader);
    return message;
  }

  private static Problem problem(int status, String body, Request request) {
    try {
      return RecordJson.read(JSON.readTree(body), Problem.class);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      boolean mayPass = status == 429 || status == 502 || status == 503 || status == 504;
      String text = body.strip();
      String excerpt =
          text.isEmpty() ? "" : ": " + (text.length() > 200 ? text.substring(0, 200) + "…" : text);
      return new Problem(
          null,
          null,
          status,
          request.method() + " " + request.path() + " was answered with status " + status + excerpt,
          null,
          Problem.UNREADABLE_ANSWER,
          "check that the address is that of a Capstan coordinator",
          mayPass,
          null,
          "unknown",
          List.of(),
          null);
    }
  }

  private CapstanException unreachable(String server, Request request, IOException e) {
    boolean notSent = e instanceof ConnectException || e instanceof HttpConnectTimeoutException;
    String what =
        notSent
            ? "no connection to " + server
            : e instanceof HttpTimeoutException
                ? server
                    + " did not answer "
                    + request.method()
                    + " "
                    + request.path()
                    + " within "
                    + seconds(options.requestTimeout().plus(request.more()))
                : "the connection to "
                    + server
                    + " broke"
                    + (e.getMessage() == null ? "" : " (" + e.getMessage() + ")");
    String hint =
        notSent
            ? "start a server with: capstan dev, or name another with --server or CAPSTAN_SERVER"
            : "it is not known whether the request was carried out; look before you send it again";
    Problem problem =
        Problem.local(Problem.UNREACHABLE, what, hint, true, notSent ? "no" : "unknown");
    return new CapstanException.Unavailable(problem, e);
  }

  private static String seconds(Duration time) {
    return time.toMillis() / 1000.0 + " s";
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw unreadable("the answer is not JSON", e);
    }
  }

  static <R extends Record> R read(JsonNode json, Class<R> type) {
    try {
      return RecordJson.read(json, type);
    } catch (IllegalArgumentException e) {
      throw unreadable("the answer is not as expected: " + e.getMessage(), e);
    }
  }

  static CapstanException.ServerFailed unreadable(String detail, Throwable cause) {
    Problem problem =
        Problem.local(
            Problem.UNREADABLE_ANSWER,
            detail,
            "check that client and server have the same version",
            false,
            "unknown");
    return new CapstanException.ServerFailed(problem, cause);
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
