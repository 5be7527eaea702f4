package dev.capstan.server.http;

import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes every request: checks where it comes from, who sends it and whether there is room, lets its
 * operation answer, and sends that. Whatever goes wrong becomes a problem document.
 */
final class FrontDoor implements Handler {
  private static final Logger LOG = LoggerFactory.getLogger("dev.capstan.http");
  private static final Duration SSE_RECONNECT = Duration.ofSeconds(1);
  private static final int PIECE_BYTES = 16 << 10;

  /** How long one of several partitions is asked, before it is the turn of the next. */
  private static final Duration TURN = Duration.ofMillis(200);

  /**
   * Who has led, and is asked nothing by the one who does, hears of it when its next message is.
   */
  private static final Duration HEARS_OF_ANOTHER = Duration.ofSeconds(1);

  /** What a partition answers that has nothing. */
  private static final byte[] NOTHING = "{\"tasks\":[]}".getBytes(StandardCharsets.UTF_8);

  private final Router router;
  private final HttpSettings settings;
  private final Authenticator authenticator;
  private final HostGuard hosts;
  private final RequestIds requestIds;
  private final Deadlines deadlines;
  private final RequestObserver observer;
  private final Reached reached;
  private final Destinations destinations;
  private final List<Forwarder> forwarders;
  private final Semaphore requests;
  private final Semaphore watchers;
  private final OpenStreams streams;
  private volatile boolean sendsAway;

  /** Completes when this coordinator has applied the log of a partition up to an index. */
  interface Reached {
    CompletableFuture<Void> apply(int partition, long index);
  }

  /**
   * @param forwarders take requests to the coordinators that lead, one for each partition
   * @param streams those that come from another coordinator are among them
   */
  FrontDoor(
      Router router,
      HttpSettings settings,
      Authenticator authenticator,
      HostGuard hosts,
      RequestIds requestIds,
      Deadlines deadlines,
      RequestObserver observer,
      Reached reached,
      Destinations destinations,
      List<Forwarder> forwarders,
      OpenStreams streams) {
    this.streams = streams;
    this.reached = reached;
    this.destinations = destinations;
    this.forwarders = List.copyOf(forwarders);
    this.router = router;
    this.settings = settings;
    this.authenticator = authenticator;
    this.hosts = hosts;
    this.requestIds = requestIds;
    this.deadlines = deadlines;
    this.observer = observer;
    this.requests = new Semaphore(settings.maxRequests());
    this.watchers = new Semaphore(settings.maxWatchers());
  }

  /** From now on each connection ends with the next answer, and the next request goes elsewhere. */
  void sendAway() {
    sendsAway = true;
  }

  /** How many requests are under way, but for those of probes. */
  int underWay() {
    return settings.maxRequests()
        - requests.availablePermits()
        + settings.maxWatchers()
        - watchers.availablePermits();
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    Exchange exchange =
        new Exchange(request, response, requestIds.orNext(header(request, "X-Request-Id")));
    long start = System.nanoTime();
    try {
      exchange.run();
    } finally {
      long nanos = System.nanoTime() - start;
      observer.answered(exchange.operation, exchange.status, nanos);
      LOG.debug(
          "{} {} {} {} us, request {}",
          request.prologue().method().text(),
          request.prologue().uriPath().rawPath(),
          exchange.status,
          nanos / 1000,
          exchange.requestId);
    }
  }

  private static @Nullable String header(ServerRequest request, String name) {
    return request.headers().first(HeaderNames.create(name)).orElse(null);
  }

  /** One request on its way. */
  private final class Exchange {
    private final ServerRequest request;
    private final ServerResponse response;
    private final String requestId;
    private final String method;
    private final RequestBytes bytes;
    private String operation = "none";
    private int status;
    private @Nullable Semaphore held;
    private @Nullable Principal sender;
    private Authenticator.@Nullable Stay stay;
    private @Nullable Forwarder forwarder;

    private final Authenticator.Credentials shown =
        new Authenticator.Credentials() {
          @Override
          public String header(String name) {
            String value = Exchange.this.header(name);
            return value == null ? "" : value;
          }

          @Override
          public String remoteAddress() {
            // Not the host, for whose name the library asks the resolver.
            return request.remotePeer().address() instanceof InetSocketAddress address
                    && address.getAddress() != null
                ? address.getAddress().getHostAddress()
                : "";
          }
        };

    private Exchange(ServerRequest request, ServerResponse response, String requestId) {
      this.request = request;
      this.response = response;
      this.requestId = requestId;
      this.method = request.prologue().method().text();
      this.bytes = new RequestBytes(request, settings, deadlines);
    }

    private void run() {
      try {
        Answer answer = answer();
        status = answer.status();
        send(answer);
      } catch (UncheckedIOException | IOException e) {
        throw new CloseConnectionException("The client is gone or too slow", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CloseConnectionException("Stopping, or the client is too slow", e);
      } finally {
        if (stay != null) {
          stay.close();
        }
        if (held != null) {
          held.release();
        }
      }
    }

    private Answer answer() throws InterruptedException {
      try {
        return dispatch();
      } catch (Refusal e) {
        return Problem.of(e, instance(), requestId).answer(notLeading(e));
      } catch (HttpFault e) {
        return Problem.of(e, instance(), requestId).answer(e.headers());
      } catch (RequestException e) {
        return unreadable(e);
      } catch (UncheckedIOException | CloseConnectionException e) {
        throw e;
      } catch (RuntimeException e) {
        if (e.getCause() instanceof SocketException) {
          throw e;
        }
        LOG.error("A request failed, request {}", requestId, e);
        return Problem.of(internal(), instance(), requestId).answer(Map.of());
      }
    }

    private Answer dispatch() throws InterruptedException {
      hosts.check(method, header("Host"), header("Origin"), header("Sec-Fetch-Site"));
      String raw = request.prologue().uriPath().rawPath();
      if (!raw.startsWith("/") || raw.startsWith("//")) {
        return notAPath(raw);
      }
      List<String> segments = new ArrayList<>();
      for (String segment : Router.segments(raw)) {
        segments.add(Query.decode(segment, false));
      }
      if (method.equals("OPTIONS")) {
        return options(segments);
      }
      Router.Match match = router.find(method, segments);
      operation = match.operation().id();
      Query query =
          Query.read(request.prologue().query().rawValue(), match.operation().parameters());
      Principal principal = authenticate(match.operation());
      admit(match.operation(), query);
      if (query.text("wait") != null) {
        staysWithItsKey();
      }
      Call call = new Call(match, query, request, principal, settings, bytes);
      if (match.operation().local()) {
        return forwarders.getFirst().pointing(match.operation().handler().handle(call));
      }
      Reach reach = match.operation().reach();
      if (reach == Reach.ALL && forwarders.size() > 1) {
        return carryOutForAll(match.operation(), call);
      }
      if (reach == Reach.EACH && forwarders.size() > 1 && query.text("partition") == null) {
        return inTurn(match, principal, query);
      }
      int partition = destinations.partition(reach, call);
      try {
        return carryOutWhereItIsLed(
            match.operation(), call, onward(match.operation(), call, query, rawQuery()), partition);
      } catch (Refusal e) {
        boolean asked = header(Forwarder.FORWARDED) == null;
        if (e.code() == Refusal.Code.NOT_READY && match.operation().alone() && asked) {
          return match.operation().handler().handle(call);
        }
        throw e;
      }
    }

    /**
     * Asks one partition after the other, wherever they are led, until one answers with more than
     * an empty list or the time that the request may wait is over.
     */
    private Answer inTurn(Router.Match match, Principal principal, Query asked)
        throws InterruptedException {
      Duration wait =
          Objects.requireNonNullElse(asked.duration("wait", settings.maxWait()), Duration.ZERO);
      long end = System.nanoTime() + wait.toNanos();
      int count = forwarders.size();
      int first = ThreadLocalRandom.current().nextInt(count);
      String rest =
          Stream.of(rawQuery().split("&"))
              .filter(part -> !part.isEmpty() && !part.startsWith("wait="))
              .map(part -> part + "&")
              .collect(Collectors.joining());
      for (int turn = 0; ; turn++) {
        int partition = (first + turn) % count;
        String raw = rest + "partition=" + partition + "&wait=" + TURN.toMillis() + "ms";
        Query query = Query.read(raw, match.operation().parameters());
        Call call = new Call(match, query, request, principal, settings, bytes);
        Answer answer =
            carryOutWhereItIsLed(
                match.operation(), call, onward(match.operation(), call, query, raw), partition);
        boolean nothing =
            answer instanceof Answer.Whole whole
                && whole.status() == 200
                && Arrays.equals(whole.body(), NOTHING);
        if (!nothing || (turn + 1 >= count && System.nanoTime() - end >= 0)) {
          return answer;
        }
      }
    }

    private String rawQuery() {
      return request.prologue().query().rawValue();
    }

    private Answer carryOutWhereItIsLed(
        Operation does, Call call, Forwarder.Request onward, int partition)
        throws InterruptedException {
      Forwarder forwarder = forwarders.get(partition);
      this.forwarder = forwarder;
      boolean mayWait = header(Forwarder.FORWARDED) == null && !does.alone();
      long end = System.nanoTime() + HEARS_OF_ANOTHER.toNanos();
      while (!forwarder.isElsewhere()) {
        try {
          return carryOutAsLeader(does, call, partition);
        } catch (Refusal e) {
          // Nothing was done, so the next leader can do it. That there is one may not have been
          // heard of yet.
          boolean soon = mayWait && forwarder.mayBeReplaced() && System.nanoTime() - end < 0;
          if (e.code() != Refusal.Code.NOT_READY || !(soon || forwarder.isElsewhere())) {
            throw e;
          }
          Thread.sleep(Forwarder.PAUSE);
        }
      }
      Answer answer = forwarder.forward(onward);
      return answer == null ? carryOutAsLeader(does, call, partition) : answer;
    }

    /** What changes something is confirmed by the log; what is read must be confirmed first. */
    private Answer carryOutAsLeader(Operation does, Call call, int partition)
        throws InterruptedException {
      if (method.equals("GET") || method.equals("HEAD")) {
        Object _ = call.await(forwarders.get(partition).confirm());
      }
      long index = call.minIndex();
      if (index > 0) {
        call.await(reached.apply(partition, index));
      }
      return does.handler().handle(call);
    }

    /**
     * What is in several partitions is read here, wherever they are led, when all of it is current.
     */
    private Answer carryOutForAll(Operation does, Call call) throws InterruptedException {
      List<CompletableFuture<?>> confirmations = new ArrayList<>();
      forwarders.forEach(forwarder -> confirmations.add(forwarder.confirm()));
      for (CompletableFuture<?> confirmation : confirmations) {
        Object _ = call.await(confirmation);
      }
      return does.handler().handle(call);
    }

    private Forwarder.Request onward(Operation does, Call call, Query asked, String query) {
      Duration wait =
          Objects.requireNonNullElse(asked.duration("wait", settings.maxWait()), Duration.ZERO);
      Map<String, String> headers = new LinkedHashMap<>();
      request.headers().forEach(each -> headers.put(each.headerName().lowerCase(), each.get()));
      return new Forwarder.Request(
          method,
          instance() + (query.isEmpty() ? "" : "?" + query),
          headers,
          bytes::read,
          requestId,
          () -> Destinations.isRepeatable(does.reach(), call),
          settings.requestTimeout().plus(wait),
          wait.isPositive());
    }

    /**
     * Tells who sent a request on that it may go elsewhere: nothing was done here, also where this
     * coordinator leads by now. And tells everybody who leads: they may get there by themselves.
     */
    private Map<String, String> notLeading(Refusal refusal) {
      if (refusal.code() != Refusal.Code.NOT_READY || forwarder == null) {
        return Map.of();
      }
      Map<String, String> headers = new LinkedHashMap<>(forwarder.pointer());
      if (header(Forwarder.FORWARDED) != null) {
        headers.put(Forwarder.NOT_LEADER, "true");
      }
      return headers;
    }

    private Answer notAPath(String raw) {
      if (method.equals("OPTIONS") && raw.equals("*")) {
        return Answer.empty(204);
      }
      throw new HttpFault(
          HttpFault.Code.MALFORMED_HTTP, "a request names a path that starts with one /", null);
    }

    private Answer options(List<String> segments) {
      String allow = router.allowed(segments);
      if (allow == null) {
        router.find(method, segments);
      }
      return Answer.empty(204).with("Allow", String.valueOf(allow));
    }

    private Principal authenticate(Operation wanted) {
      if (wanted.permission().equals(Permissions.NONE)) {
        return Principal.LOCAL;
      }
      Principal principal = authenticator.authenticate(shown);
      sender = principal;
      principal.require(wanted.permission());
      return principal;
    }

    /**
     * What stays open ends, like that of a client that is too slow, when its key is worth nothing.
     */
    private void staysWithItsKey() {
      Principal known = sender;
      if (stay == null && known != null) {
        stay = authenticator.stay(shown, known, Thread.currentThread()::interrupt);
      }
    }

    /** Takes a place among the requests or the watchers. Health and metrics always have one. */
    private void admit(Operation wanted, Query query) {
      if (wanted.local()) {
        return;
      }
      String accept = header("Accept");
      boolean watches =
          wanted.watches()
              && (query.text("wait") != null
                  || (accept != null && accept.contains("text/event-stream")));
      Semaphore places = watches ? watchers : requests;
      if (!places.tryAcquire()) {
        String knob = watches ? "http.max_watchers" : "http.max_requests";
        int limit = watches ? settings.maxWatchers() : settings.maxRequests();
        throw new Refusal(
            Refusal.Code.BUSY,
            "all " + limit + " places for requests of this kind are taken",
            "try again in a second, later each time; the limit is " + knob,
            Duration.ofSeconds(1),
            List.of());
      }
      held = places;
    }

    private Answer unreadable(RequestException e) {
      if (e.status().code() == 413) {
        return Problem.of(TransportGuard.tooLarge(settings), instance(), requestId)
            .answer(Map.of("Connection", "close"));
      }
      if (e.eventType() == DirectHandler.EventType.INTERNAL_ERROR) {
        LOG.error("A request failed, request {}", requestId, e);
        return Problem.of(internal(), instance(), requestId).answer(Map.of("Connection", "close"));
      }
      String detail = e.safeMessage() ? String.valueOf(e.getMessage()) : "the request is not HTTP";
      return Problem.of(
              new HttpFault(HttpFault.Code.MALFORMED_HTTP, detail, null), instance(), requestId)
          .answer(Map.of("Connection", "close"));
    }

    private void send(Answer answer) throws IOException, InterruptedException {
      response.status(answer.status());
      response.header("X-Request-Id", requestId);
      response.header("X-Content-Type-Options", "nosniff");
      response.header("Cache-Control", "no-store");
      answer.headers().forEach((name, value) -> response.header(name, value));
      if (sendsAway) {
        response.header("Connection", "close");
      }
      switch (answer) {
        case Answer.Whole whole -> sendWhole(whole);
        case Answer.Stream stream -> sendStream(stream);
        case Answer.Piped piped -> sendPiped(piped);
      }
    }

    private void sendWhole(Answer.Whole whole) {
      byte[] body = whole.body();
      if (whole.status() != 204) {
        response.header("Content-Type", whole.contentType());
        if (Compression.pays(body.length)) {
          response.header("Vary", "Accept-Encoding");
          if (Compression.isWanted(header("Accept-Encoding"))) {
            body = Compression.gzip(body);
            response.header("Content-Encoding", "gzip");
          }
        }
        response.header("Content-Length", Integer.toString(body.length));
      }
      deadlines.arm(settings.writeTimeout());
      response.send(method.equals("HEAD") ? new byte[0] : body);
      if (request.content().consumed() || !request.content().hasEntity()) {
        deadlines.disarm();
      }
    }

    private void sendPiped(Answer.Piped piped) throws IOException {
      staysWithItsKey();
      response.header("Content-Type", piped.contentType());
      byte[] piece = new byte[PIECE_BYTES];
      try (InputStream in = piped.body();
          OpenStreams.Registration _ = streams.add(() -> end(in));
          OutputStream out = response.outputStream()) {
        while (true) {
          int read;
          // The leader says something at every heartbeat.
          try (Deadlines.Armed _ = deadlines.arm(settings.heartbeat().multipliedBy(3))) {
            read = in.read(piece);
          }
          if (read < 0) {
            break;
          }
          try (Deadlines.Armed _ = deadlines.arm(settings.writeTimeout())) {
            out.write(piece, 0, read);
            out.flush();
          }
        }
      } catch (ServerConnectionException e) {
        throw e;
      } catch (IOException e) {
        throw new CloseConnectionException("The leading coordinator or the client is gone", e);
      }
    }

    private void end(InputStream stream) {
      try {
        stream.close();
      } catch (IOException e) {
        LOG.debug("A stream of the leading coordinator did not end in order", e);
      }
    }

    private void sendStream(Answer.Stream stream) throws IOException, InterruptedException {
      response.header("Content-Type", "text/event-stream");
      if (method.equals("HEAD")) {
        response.send(new byte[0]);
        return;
      }
      staysWithItsKey();
      try (OutputStream out = response.outputStream()) {
        EventWriter writer = new EventWriter(out, deadlines, settings.writeTimeout());
        writer.retryAfter(SSE_RECONNECT);
        stream.source().writeTo(writer);
        writer.flush();
      } catch (ServerConnectionException | UncheckedIOException e) {
        throw e;
      } catch (RuntimeException e) {
        LOG.error("A stream failed, request {}", requestId, e);
        throw new CloseConnectionException("A stream failed", e);
      }
    }

    private Refusal internal() {
      return new Refusal(
          Refusal.Code.INTERNAL,
          "the server failed at this request",
          "look for request "
              + requestId
              + " in the server's log, and report it with what stands there");
    }

    private String instance() {
      return request.prologue().uriPath().rawPath();
    }

    private @Nullable String header(String name) {
      return FrontDoor.header(request, name);
    }
  }
}
