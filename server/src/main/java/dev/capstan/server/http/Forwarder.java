package dev.capstan.server.http;

import dev.capstan.server.gateway.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests on to the coordinator that leads, as they came: who asks is found out there, so
 * that nobody has to be trusted on the way. While nobody leads, requests are held for a while. One
 * of which nobody knows whether it was carried out is sent again only if it changes nothing.
 */
final class Forwarder {
  /** On a request that was sent on; says from where. It is not sent on once more. */
  static final String FORWARDED = "Capstan-Forwarded-By";

  /** On an answer of a coordinator that does not lead: the address of the one that does. */
  static final String LEADER = "Capstan-Leader";

  /** On an answer of a coordinator that does not lead, and so has done nothing. */
  static final String NOT_LEADER = "Capstan-Not-Leader";

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);

  /** An answer is read whole before it is passed on; pages and payloads are far smaller. */
  private static final int LARGEST_ANSWER = 64 << 20;

  private static final Set<String> OWN_REQUEST_HEADERS =
      Set.of(
          "host",
          "connection",
          "content-length",
          "transfer-encoding",
          "expect",
          "upgrade",
          "keep-alive",
          "te",
          "trailer",
          "accept-encoding",
          "origin",
          "sec-fetch-site",
          "x-request-id",
          "capstan-forwarded-by");

  private static final Set<String> OWN_ANSWER_HEADERS =
      Set.of(
          "connection",
          "content-length",
          "transfer-encoding",
          "keep-alive",
          "content-type",
          "content-encoding",
          "vary",
          "date",
          "x-request-id",
          "x-content-type-options",
          "cache-control");

  private final LeaderLocator leader;
  private final HttpClient client;
  private final Deadlines deadlines;
  private final String self;

  /**
   * @param client trusts the other coordinators
   * @param deadlines ends the reading of answers that stop halfway
   * @param self what this coordinator is called
   */
  Forwarder(LeaderLocator leader, HttpClient client, Deadlines deadlines, String self) {
    this.leader = leader;
    this.client = client;
    this.deadlines = deadlines;
    this.self = self;
  }

  /**
   * A request to send on.
   *
   * @param target path and query as they came
   * @param headers by name in lower case
   * @param limit for the leader's answer to begin
   * @param waits whether the answer is meant to come late
   */
  record Request(
      String method,
      String target,
      Map<String, String> headers,
      Body body,
      String id,
      Duration limit,
      boolean waits) {
    boolean changesNothing() {
      return method.equals("GET") || method.equals("HEAD");
    }

    boolean wasForwarded() {
      return headers.containsKey(FORWARDED.toLowerCase(Locale.ROOT));
    }

    /** Those that are for the next hop alone (RFC 9110 section 7.6.1). */
    Set<String> forThisHop() {
      Set<String> named = new HashSet<>(OWN_REQUEST_HEADERS);
      for (String name : headers.getOrDefault("connection", "").split(",")) {
        named.add(name.strip().toLowerCase(Locale.ROOT));
      }
      return named;
    }
  }

  /** The body of a request, read when it is known to be needed. */
  interface Body {
    byte[] read();
  }

  /**
   * Whether this coordinator has to send requests on; those that were sent here by mistake are
   * refused instead.
   */
  boolean isElsewhere() {
    return !leader.isHere();
  }

  /** What this coordinator says of itself, with a pointer to the one that leads. */
  Answer pointing(Answer answer) {
    URI address = leader.isHere() ? null : leader.address();
    return address != null && answer instanceof Answer.Whole whole
        ? whole.with(LEADER, address.toString())
        : answer;
  }

  /** As {@link LeaderLocator#confirm}. */
  CompletableFuture<?> confirm() {
    return leader.confirm();
  }

  /**
   * The answer of the leader; null if this coordinator leads by now.
   *
   * @throws Refusal if none can be had
   */
  @Nullable Answer forward(Request request) throws InterruptedException {
    if (request.wasForwarded()) {
      throw notReady("This coordinator does not lead");
    }
    byte[] body = request.body().read();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - end < 0) {
      if (leader.isHere()) {
        return null;
      }
      URI address = leader.address();
      if (address != null) {
        long sent = System.nanoTime();
        Answer answer = attempt(request, body, address);
        if (answer != null) {
          return answer;
        }
        if (request.waits()) {
          // A long poll that broke begins anew; its time does not count.
          end += Math.max(0, System.nanoTime() - sent - LOOK_EVERY.toNanos());
        }
      }
      Thread.sleep(PAUSE);
    }
    throw notReady("No coordinator that leads could be reached for " + PATIENCE.toSeconds() + " s");
  }

  private @Nullable Answer attempt(Request request, byte[] body, URI address)
      throws InterruptedException {
    CompletableFuture<HttpResponse<InputStream>> sending =
        client.sendAsync(onward(request, body, address), HttpResponse.BodyHandlers.ofInputStream());
    try {
      HttpResponse<InputStream> response = await(sending, address);
      if (response.headers().firstValue(NOT_LEADER).isPresent()) {
        response.body().close();
        return null;
      }
      return answer(response, request.limit(), address);
    } catch (ConnectException | HttpConnectTimeoutException nothingWasSent) {
      return null;
    } catch (IOException e) {
      if (request.changesNothing()) {
        return null;
      }
      throw new Refusal(
          Refusal.Code.OUTCOME_UNKNOWN,
          "The connection to the leading coordinator broke; the request may or may not have been carried out.",
          "Look, or send it again: with the same id or idempotency key it is carried out once.",
          Duration.ofMillis(200),
          List.of());
    }
  }

  /** Waits for as long as the leader is the same. */
  private HttpResponse<InputStream> await(
      CompletableFuture<HttpResponse<InputStream>> sending, URI address)
      throws IOException, InterruptedException {
    try {
      while (true) {
        try {
          return sending.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException notYet) {
          if (!address.equals(leader.address())) {
            sending.cancel(true);
            throw new IOException("another coordinator leads");
          }
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException broken ? broken : new IOException(e.getCause());
    } catch (InterruptedException e) {
      sending.cancel(true);
      throw e;
    }
  }

  private HttpRequest onward(Request request, byte[] body, URI address) {
    try {
      return build(request, body, address);
    } catch (IllegalArgumentException e) {
      throw new HttpFault(
          HttpFault.Code.MALFORMED_HTTP,
          "the request can't be sent on to the coordinator that leads: " + e.getMessage(),
          "headers are ASCII, and other characters in a path are percent-encoded");
    }
  }

  private HttpRequest build(Request request, byte[] body, URI address) {
    HttpRequest.Builder onward =
        HttpRequest.newBuilder(address.resolve(request.target()))
            .timeout(request.limit())
            .method(
                request.method(),
                body.length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body))
            .header(FORWARDED, self)
            .header("X-Request-Id", request.id());
    Set<String> forThisHop = request.forThisHop();
    request
        .headers()
        .forEach((name, value) -> {
          if (!forThisHop.contains(name)) {
            onward.header(name, value);
          }
        });
    return onward.build();
  }

  private Answer answer(HttpResponse<InputStream> response, Duration limit, URI address)
      throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    response
        .headers()
        .map()
        .forEach((name, values) -> {
          if (!OWN_ANSWER_HEADERS.contains(name.toLowerCase(Locale.ROOT))
              && !name.startsWith(":")) {
            headers.put(name, values.getFirst());
          }
        });
    headers.put(LEADER, address.toString());
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (type.startsWith("text/event-stream")) {
      return new Answer.Piped(response.statusCode(), type, response.body(), headers);
    }
    return new Answer.Whole(response.statusCode(), type, whole(response.body(), limit), headers);
  }

  private byte[] whole(InputStream body, Duration limit) throws IOException {
    byte[] bytes;
    try (body;
        Deadlines.Armed _ = deadlines.arm(limit)) {
      bytes = body.readNBytes(LARGEST_ANSWER + 1);
    } catch (IOException e) {
      // The deadline ends the reading by an interrupt, which must not end the next thing too.
      Thread.interrupted();
      throw e;
    }
    if (bytes.length > LARGEST_ANSWER) {
      throw new IOException("an answer of more than " + LARGEST_ANSWER + " bytes");
    }
    return bytes;
  }

  private static Refusal notReady(String what) {
    return new Refusal(
        Refusal.Code.NOT_READY,
        what + ".",
        "Nothing was done. Try again, or ask another coordinator.",
        Duration.ofMillis(200),
        List.of());
  }
}
