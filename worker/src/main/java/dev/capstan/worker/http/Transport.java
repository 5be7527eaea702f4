package dev.capstan.worker.http;

import dev.capstan.worker.authentication.Authenticator;
import dev.capstan.worker.authentication.Authorization;
import dev.capstan.worker.authentication.TokenServer;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.TaskFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests over one pool of connections. Blocks the calling thread; an interrupt gives the
 * request up. A connection has ten seconds to be made. For the answer there is no limit: whoever
 * waits decides how long.
 */
public final class Transport implements AutoCloseable {

  private static final int MAX_REDIRECTIONS = 10;

  /** Of an authority: what it says is short, and many calls may wait for it. */
  private static final Duration AUTHORITY_PATIENCE = Duration.ofSeconds(30);

  private static final int AUTHORITY_BYTES = 1024 * 1024;

  private static final int UNAUTHORIZED = 401;

  static final int CONNECT_SECONDS = 10;

  /** What was answered, and to which request: the last one, with its proof of who sends it. */
  private record Exchange<T>(HttpCall call, HttpResponse<T> response) {}

  private final String userAgent;
  private final Authenticator authenticator = new Authenticator(this::ask);
  private @Nullable HttpClient client;

  /** A transport that tells servers this version of the worker. */
  public Transport(String version) {
    this.userAgent = "capstan/" + version;
  }

  /** Proves who sends requests, also those of other protocols: tokens are kept once for all. */
  public Authenticator authenticator() {
    return authenticator;
  }

  /** Made at the first request: many nodes never send one. */
  private synchronized HttpClient client() {
    if (client == null) {
      client =
          HttpClient.newBuilder()
              .followRedirects(HttpClient.Redirect.NEVER)
              .connectTimeout(Duration.ofSeconds(CONNECT_SECONDS))
              .executor(Executors.newVirtualThreadPerTaskExecutor())
              .build();
    }
    return client;
  }

  /**
   * Sends the request, and again to where it is redirected if the call allows that.
   *
   * @throws TaskFault of type {@code communication} when there is no whole answer
   */
  Answer send(HttpCall call, int limit) throws InterruptedException {
    HttpCall request = call;
    request.setDefault("user-agent", userAgent);
    for (int hop = 0; ; hop++) {
      Answer answer = sendOnce(request, limit);
      Optional<URI> target = call.redirect() ? target(answer) : Optional.empty();
      if (target.isEmpty()) {
        return answer;
      }
      if (hop == MAX_REDIRECTIONS) {
        throw new TaskFault(
            ErrorType.COMMUNICATION.fault(
                "Too many redirections",
                call.method()
                    + " "
                    + Endpoint.shown(call.uri())
                    + " was redirected more than "
                    + MAX_REDIRECTIONS
                    + " times."));
      }
      request = request.redirectedTo(target.get(), answer.status());
    }
  }

  private Answer sendOnce(HttpCall call, int limit) throws InterruptedException {
    try {
      Exchange<byte[]> exchange = exchange(call, _ -> new LimitedBody(limit));
      HttpResponse<byte[]> response = exchange.response();
      return new Answer(
          exchange.call(), response.statusCode(), response.headers(), decoded(response, limit));
    } catch (IOException e) {
      throw new TaskFault(Failures.of(call, e, limit));
    }
  }

  /** Sends the request with its proof, and again as long as the policy has a better one. */
  private <T> Exchange<T> exchange(HttpCall call, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    byte[] body = call.body() == null ? new byte[0] : call.body();
    Authorization authorization = authenticator.of(call.policy(), call.method(), call.uri(), body);
    HttpCall authorized = call.authorized(authorization.first());
    HttpResponse<T> response = client().send(request(authorized), handler);
    while (response.statusCode() == UNAUTHORIZED) {
      String next = next(authorization, response);
      if (next == null) {
        break;
      }
      drop(response);
      authorized = call.authorized(next);
      response = client().send(request(authorized), handler);
    }
    return new Exchange<>(authorized, response);
  }

  private static @Nullable String next(Authorization authorization, HttpResponse<?> refusal)
      throws InterruptedException {
    try {
      return authorization.next(refusal.headers());
    } catch (TaskFault | InterruptedException e) {
      drop(refusal);
      throw e;
    }
  }

  /** Asks an authority; what it redirects to gets no credentials. */
  private TokenServer.Reply ask(TokenServer.Request asked) throws InterruptedException {
    Map<String, List<String>> headers = new TreeMap<>();
    asked.headers().forEach((name, value) -> headers.put(name, List.of(value)));
    HttpCall call =
        new HttpCall(
            asked.method(),
            asked.uri(),
            headers,
            asked.body(),
            "raw",
            false,
            asked.secrets(),
            null);
    call.setDefault("user-agent", userAgent);
    try {
      HttpRequest request =
          HttpRequest.newBuilder(request(call), (_, _) -> true).timeout(AUTHORITY_PATIENCE).build();
      HttpResponse<byte[]> response = client().send(request, _ -> new LimitedBody(AUTHORITY_BYTES));
      return new TokenServer.Reply(response.statusCode(), decoded(response, AUTHORITY_BYTES));
    } catch (IOException e) {
      throw new TaskFault(Failures.of(call, e, AUTHORITY_BYTES));
    }
  }

  /**
   * Sends the request and returns when the answer begins; its body is read as it arrives, and may
   * have no end. Follows no redirection.
   *
   * @throws TaskFault of type {@code communication} when there is no answer
   */
  HttpResponse<InputStream> open(HttpCall call) throws InterruptedException {
    call.setDefault("user-agent", userAgent);
    try {
      return exchange(call, BodyHandlers.ofInputStream()).response();
    } catch (IOException e) {
      throw new TaskFault(Failures.of(call, e, 0));
    }
  }

  /** Sends the request without waiting; ends when the server has said anything, or too late. */
  CompletableFuture<Void> offer(HttpCall call, Duration patience) {
    call.setDefault("user-agent", userAgent);
    HttpRequest request =
        HttpRequest.newBuilder(
                request(call.authorized(authenticator.known(call.policy()))), (_, _) -> true)
            .timeout(patience)
            .build();
    return client().sendAsync(request, BodyHandlers.ofInputStream()).thenAccept(Transport::drop);
  }

  private static void drop(HttpResponse<?> response) {
    try {
      if (response.body() instanceof InputStream body) {
        body.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpRequest request(HttpCall call) {
    HttpRequest.Builder request;
    try {
      request = HttpRequest.newBuilder(call.uri());
      byte[] body = call.body();
      request.method(
          call.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    } catch (IllegalArgumentException e) {
      throw Arguments.wrong("'method' is '" + call.method() + "', which can't be sent.");
    }
    if (call.uri().getScheme().equals("http")) {
      // HTTP/2 without TLS starts with an upgrade, which old servers choke on.
      request.version(HttpClient.Version.HTTP_1_1);
    }
    call.headers()
        .forEach((name, values) -> {
          for (String value : values) {
            header(request, name, value);
          }
        });
    return request.build();
  }

  private static void header(HttpRequest.Builder request, String name, String value) {
    try {
      request.header(name, value);
    } catch (IllegalArgumentException e) {
      // The client's own message quotes the value, which may be a secret.
      throw Arguments.wrong("The header '" + name + "' has a name or a value that can't be sent.");
    }
  }

  private static Optional<URI> target(Answer answer) {
    return switch (answer.status()) {
      case 301, 302, 303, 307, 308 ->
          answer
              .headers()
              .firstValue("location")
              .flatMap(location -> resolved(answer.request().uri(), location));
      default -> Optional.empty();
    };
  }

  /** Never from https to http, and never to another scheme. */
  private static Optional<URI> resolved(URI from, String location) {
    try {
      URI target = URI.create(from.resolve(Percent.lenient(location.strip())).toASCIIString());
      String scheme = target.getScheme() == null ? "" : target.getScheme().toLowerCase(Locale.ROOT);
      boolean allowed =
          scheme.equals("https") || (scheme.equals("http") && from.getScheme().equals("http"));
      return allowed && target.getHost() != null ? Optional.of(target) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Servers compress unasked at times. */
  private static byte[] decoded(HttpResponse<byte[]> response, int limit) throws IOException {
    byte[] content = response.body();
    String encoding = response.headers().firstValue("content-encoding").orElse("").strip();
    if (content.length == 0 || !encoding.equalsIgnoreCase("gzip")) {
      return content;
    }
    try (InputStream plain = new GZIPInputStream(new ByteArrayInputStream(content))) {
      byte[] decoded = plain.readNBytes(limit);
      if (plain.read() >= 0) {
        throw new LimitedBody.TooLarge();
      }
      return decoded;
    }
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.shutdownNow();
    }
  }
}
