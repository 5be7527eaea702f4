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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests on to the coordinator that leads, as they came: who asks is found out there, so
 * that nobody has to be trusted on the way. While nobody leads, requests are held for a while,
 * unless this coordinator is cut off and won't hear of a leader. One of which nobody knows whether
 * it was carried out is sent again only if it changes nothing, or is carried out once however often
 * it is sent.
 *
 * <p>A leader that can't be reached from here may be reached by another coordinator: requests go
 * that way then. They are sent on twice at most.
 */
final class Forwarder {
  /** On a request that was sent on; says by whom, with commas between. */
  static final String FORWARDED = "Capstan-Forwarded-By";

  /** On an answer of a coordinator that does not lead: the address of the one that does. */
  static final String LEADER = "Capstan-Leader";

  /** On an answer of a coordinator that does not lead, and so has done nothing. */
  static final String NOT_LEADER = "Capstan-Not-Leader";

  /** On what a coordinator says of itself: the term that it is in. */
  static final String TERM = "Capstan-Term";

  /** By the one who took it, and by one that reaches the leader. */
  private static final int MOST_HOPS = 2;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Between two looks for the one that leads. */
  static final Duration PAUSE = Duration.ofMillis(20);

  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  /** Answers from this status on say that it may be asked again: 429, 503 and the like. */
  private static final int REFUSED_FOR_NOW = 429;

  /** Longer than it takes to hear of a new leader, if this coordinator hears of any. */
  private static final Duration DETOUR_AFTER = Duration.ofMillis(800);

  private static final Duration DETOUR_EVERY = Duration.ofMillis(250);

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
  private final LivenessProbe liveness;
  private final Deadlines deadlines;
  private final String self;

  /**
   * @param client trusts the other coordinators
   * @param liveness of the other coordinators
   * @param deadlines ends the reading of answers that stop halfway
   * @param self what this coordinator is called
   */
  Forwarder(
      LeaderLocator leader,
      HttpClient client,
      LivenessProbe liveness,
      Deadlines deadlines,
      String self) {
    this.leader = leader;
    this.client = client;
    this.liveness = liveness;
    this.deadlines = deadlines;
    this.self = self;
  }

  /**
   * A request to send on.
   *
   * @param target path and query as they came
   * @param headers by name in lower case
   * @param repeatable whether it is carried out once however often it is sent
   * @param limit for the leader's answer to begin
   * @param waits whether the answer is meant to come late
   */
  record Request(
      String method,
      String target,
      Map<String, String> headers,
      Body body,
      String id,
      BooleanSupplier repeatable,
      Duration limit,
      boolean waits) {
    boolean changesNothing() {
      return method.equals("GET") || method.equals("HEAD");
    }

    /** Who has sent it on so far, with commas between; empty for nobody. */
    String forwarders() {
      return headers.getOrDefault(FORWARDED.toLowerCase(Locale.ROOT), "");
    }

    int hops() {
      return forwarders().isEmpty() ? 0 : forwarders().split(",").length;
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

  /** Whether another coordinator could lead instead of this one. */
  boolean mayBeReplaced() {
    return !leader.others().isEmpty();
  }

  /** What this coordinator says of itself, with its term and a pointer to the one that leads. */
  Answer pointing(Answer answer) {
    if (!(answer instanceof Answer.Whole whole)) {
      return answer;
    }
    Answer.Whole pointing = whole.with(TERM, Long.toString(leader.term()));
    for (Map.Entry<String, String> header : pointer().entrySet()) {
      pointing = pointing.with(header.getKey(), header.getValue());
    }
    return pointing;
  }

  /** The header that names the coordinator that leads; none if this one does, or nobody. */
  Map<String, String> pointer() {
    URI address = leader.isHere() ? null : leader.address();
    return address == null ? Map.of() : Map.of(LEADER, address.toString());
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
    if (request.hops() > 0) {
      return relay(request);
    }
    return new Search(request).answer();
  }

  /** Another coordinator has sent it here: it goes to the leader at once, or back. */
  private Answer relay(Request request) throws InterruptedException {
    URI address = leader.address();
    if (address != null && request.hops() < MOST_HOPS) {
      try {
        Answer answer = attempt(request, request.body().read(), address, true);
        if (answer != null) {
          return answer;
        }
      } catch (Unreachable e) {
        throw Refusal.notLed("The coordinator that leads can't be reached from here either");
      }
    }
    throw Refusal.notLed("This coordinator does not lead");
  }

  /** One request, sent until somebody answers it. For one thread. */
  private final class Search {
    private final Request request;
    private final byte[] body;
    private final long begun = System.nanoTime();
    private long detourAt = begun + DETOUR_AFTER.toNanos();

    /** That nobody knows whether it was carried out, once that is so. */
    private @Nullable Refusal doubt;

    private Search(Request request) {
      this.request = request;
      this.body = request.body().read();
    }

    private @Nullable Answer answer() throws InterruptedException {
      long end = begun + PATIENCE.toNanos();
      while (System.nanoTime() - end < 0) {
        if (leader.isHere()) {
          return null;
        }
        if (!leader.mayBeFound()) {
          throw given(
              Refusal.notLed("This coordinator is cut off from the majority of the coordinators"));
        }
        long sent = System.nanoTime();
        Answer answer = attempt();
        if (doubt != null && answer != null && answer.status() >= REFUSED_FOR_NOW) {
          throw doubt;
        }
        if (answer != null) {
          return answer;
        }
        if (request.waits()) {
          // A long poll that broke begins anew; its time does not count.
          end += Math.max(0, System.nanoTime() - sent - LOOK_EVERY.toNanos());
        }
        Thread.sleep(PAUSE);
      }
      throw given(
          Refusal.notLed(
              "No coordinator that leads could be reached for " + PATIENCE.toSeconds() + " s"));
    }

    /** What was begun once may have been carried out, whatever was refused later. */
    private Refusal given(Refusal refusal) {
      return doubt == null ? refusal : doubt;
    }

    private @Nullable Answer attempt() throws InterruptedException {
      try {
        return attemptOnce();
      } catch (Refusal e) {
        if (e.code() != Refusal.Code.OUTCOME_UNKNOWN || !request.repeatable().getAsBoolean()) {
          throw given(e);
        }
        doubt = e;
        return null;
      }
    }

    private @Nullable Answer attemptOnce() throws InterruptedException {
      URI address = leader.address();
      if (address != null) {
        return orDetour(address);
      }
      if (System.nanoTime() - detourAt < 0) {
        return null;
      }
      Answer answer = detour(null);
      detourAt = System.nanoTime() + DETOUR_EVERY.toNanos();
      return answer;
    }

    /** The leader's answer, by another coordinator where the leader can't be reached from here. */
    private @Nullable Answer orDetour(URI address) throws InterruptedException {
      try {
        return Forwarder.this.attempt(request, body, address, true);
      } catch (Unreachable e) {
        Answer answer = detour(address);
        if (answer == null && address.equals(leader.address())) {
          throw Refusal.notLed("The coordinator that leads can't be reached from here");
        }
        return answer;
      }
    }

    private @Nullable Answer detour(@Nullable URI leading) throws InterruptedException {
      for (URI other : leader.others()) {
        if (!other.equals(leading)) {
          try {
            Answer answer = Forwarder.this.attempt(request, body, other, false);
            if (answer != null) {
              return answer;
            }
          } catch (Unreachable e) {
            // Nor that one.
          }
        }
      }
      return null;
    }
  }

  /** There is no way to a coordinator; nothing was done, or what was begun changes nothing. */
  private static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    private Unreachable(Throwable cause) {
      super(cause);
    }
  }

  /**
   * Sends a request to another coordinator.
   *
   * @param leads whether it is meant to carry it out, or to send it on
   * @return null if it did nothing
   */
  private @Nullable Answer attempt(Request request, byte[] body, URI address, boolean leads)
      throws InterruptedException, Unreachable {
    if (liveness.isSilent(address)) {
      throw new Unreachable(new IOException(address + " does not answer"));
    }
    CompletableFuture<HttpResponse<InputStream>> sending =
        client.sendAsync(onward(request, body, address), HttpResponse.BodyHandlers.ofInputStream());
    try {
      HttpResponse<InputStream> response = await(sending, address, leads);
      if (response.headers().firstValue(NOT_LEADER).isPresent()) {
        response.body().close();
        return null;
      }
      return answer(response, request.limit(), leads ? address : null);
    } catch (HttpConnectTimeoutException e) {
      liveness.noteSilence(address);
      throw new Unreachable(e);
    } catch (ConnectException nothingWasSent) {
      return null;
    } catch (IOException e) {
      if (!request.changesNothing()) {
        throw outcomeUnknown();
      }
      if (liveness.isSilent(address)) {
        throw new Unreachable(e);
      }
      return null;
    }
  }

  private static Refusal outcomeUnknown() {
    return new Refusal(
        Refusal.Code.OUTCOME_UNKNOWN,
        "The connection to the leading coordinator broke; the request may or may not have been carried out.",
        "Look, or send it again: with the same id or idempotency key it is carried out once.",
        Duration.ofMillis(200),
        List.of());
  }

  /** Waits for as long as the leader is the same, and whom it was sent to answers at all. */
  private HttpResponse<InputStream> await(
      CompletableFuture<HttpResponse<InputStream>> sending, URI address, boolean leads)
      throws IOException, InterruptedException {
    try {
      while (true) {
        try {
          return sending.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException notYet) {
          liveness.ask(address);
          if (leads && !address.equals(leader.address())) {
            throw new IOException("another coordinator leads");
          }
          if (liveness.isSilent(address)) {
            throw new IOException(address + " does not answer any more");
          }
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException broken ? broken : new IOException(e.getCause());
    } finally {
      sending.cancel(true);
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
            .header(
                FORWARDED,
                request.forwarders().isEmpty() ? self : request.forwarders() + "," + self)
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

  /**
   * What was answered.
   *
   * @param leading whoever did; null if it names another one by itself
   */
  private Answer answer(HttpResponse<InputStream> response, Duration limit, @Nullable URI leading)
      throws IOException {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response
        .headers()
        .map()
        .forEach((name, values) -> {
          if (!OWN_ANSWER_HEADERS.contains(name.toLowerCase(Locale.ROOT))
              && !name.startsWith(":")) {
            headers.put(name, values.getFirst());
          }
        });
    if (leading != null) {
      headers.put(LEADER, leading.toString());
    }
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
}
