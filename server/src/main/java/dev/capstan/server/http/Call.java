package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.json.JsonText;
import dev.capstan.server.http.json.RecordReader;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One request as its operation sees it. For the request's thread. */
final class Call {
  /** Header with a log index. */
  static final String MIN_INDEX = "Capstan-Min-Index";

  private static final int MAX_KEY = 256;

  private final Router.Match match;
  private final Query query;
  private final ServerRequest request;
  private final Principal principal;
  private final HttpSettings settings;
  private final RequestBytes bytes;

  Call(
      Router.Match match,
      Query query,
      ServerRequest request,
      Principal principal,
      HttpSettings settings,
      RequestBytes bytes) {
    this.match = match;
    this.query = query;
    this.request = request;
    this.principal = principal;
    this.settings = settings;
    this.bytes = bytes;
  }

  Principal principal() {
    return principal;
  }

  Query query() {
    return query;
  }

  /** The value of a parameter of the path. */
  String path(String name) {
    return Objects.requireNonNull(match.path().get(name), name);
  }

  /** The path and query as they were sent, but for the cursor. */
  String withCursor(String cursor) {
    String rest =
        Stream.of(request.prologue().query().rawValue().split("&"))
            .filter(part -> !part.isEmpty() && !part.startsWith("cursor="))
            .map(part -> part + "&")
            .collect(Collectors.joining());
    return request.prologue().uriPath().rawPath() + "?" + rest + "cursor=" + Wire.segment(cursor);
  }

  /** The first value of a header, null without one. */
  @Nullable String header(String name) {
    return request.headers().first(HeaderNames.create(name)).orElse(null);
  }

  /** The first value of each header by its lower-case name. */
  Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    for (Header header : request.headers()) {
      headers.putIfAbsent(header.headerName().lowerCase(), header.get());
    }
    return headers;
  }

  /**
   * The media type of the body in lower case without parameters, empty when the request does not
   * say.
   */
  String mediaType() {
    String type = header("Content-Type");
    if (type == null) {
      return "";
    }
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** Whether the client asks for this media type by name. */
  boolean asksFor(String mediaType) {
    String accept = header("Accept");
    return accept != null && accept.toLowerCase(Locale.ROOT).contains(mediaType);
  }

  /** How long {@code ?wait=} asks to wait, null when it does not. */
  @Nullable Duration maxWait() {
    return query.duration("wait", settings.maxWait());
  }

  Duration heartbeat() {
    return settings.heartbeat();
  }

  /** How many items a page may have. */
  int limit() {
    return (int) query.number("limit", 50, 1, 1000);
  }

  @Nullable String cursor() {
    return query.text("cursor");
  }

  /** Whether a client may say which index the answer must include: reads of what is stored. */
  static boolean mayNameIndex(Operation operation) {
    return operation.method().equals("GET") && !operation.permission().equals(Permissions.NONE);
  }

  /** The log index that the answer must include; 0 when the client does not say. */
  long minIndex() {
    String index = mayNameIndex(match.operation()) ? header(MIN_INDEX) : null;
    if (index == null) {
      return 0;
    }
    try {
      long wanted = Long.parseLong(index.strip());
      if (wanted >= 0) {
        return wanted;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new Refusal(
        Refusal.Code.INVALID_REQUEST,
        "\"" + index + "\" is no index for " + MIN_INDEX,
        "the value of Capstan-Index of an earlier answer");
  }

  /** The key under which a change may be sent again, null without one. */
  @Nullable String idempotencyKey() {
    String key = header("Idempotency-Key");
    if (key != null && (key.isBlank() || key.length() > MAX_KEY)) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "an Idempotency-Key has 1 to " + MAX_KEY + " characters",
          "a new random one for every new request, such as a UUID");
    }
    return key;
  }

  /** The body as it was sent. */
  byte[] body() {
    Operation.RequestBody body = Objects.requireNonNull(match.operation().body());
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    if (!body.mediaTypes().contains(mediaType()) && !body.mediaTypes().contains("*/*")) {
      String is = mediaType().isEmpty() ? "has no Content-Type" : "is " + mediaType();
      throw new HttpFault(
          HttpFault.Code.UNSUPPORTED_MEDIA_TYPE,
          "the body " + is,
          "this operation takes " + String.join(", ", body.mediaTypes()),
          Map.of("Accept-Post", String.join(", ", body.mediaTypes())));
    }
    return bytes.read();
  }

  /** The body as JSON. */
  JsonNode json() {
    return JsonText.parse(body());
  }

  /** The body as a record. */
  <R extends Record> R body(Class<R> type) {
    return RecordReader.read(json(), type);
  }

  /** The body as a record, null when there is none. */
  <R extends Record> @Nullable R bodyIfAny(Class<R> type) {
    byte[] body = body();
    return body.length == 0 ? null : RecordReader.read(JsonText.parse(body), type);
  }

  /**
   * What the engine answers.
   *
   * @throws Refusal the engine's, or {@code OUTCOME_UNKNOWN} when it takes too long
   */
  <T> T await(CompletableFuture<T> future) throws InterruptedException {
    return await(future, Duration.ZERO);
  }

  /** The same for an answer that is meant to come only after some time. */
  <T> T await(CompletableFuture<T> future, Duration more) throws InterruptedException {
    Duration limit = settings.requestTimeout().plus(more);
    try {
      return future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Refusal refusal) {
        throw refusal;
      }
      throw new IllegalStateException("The engine failed", e.getCause());
    } catch (TimeoutException e) {
      throw new Refusal(
          Refusal.Code.OUTCOME_UNKNOWN,
          "the engine did not answer within " + limit.toMillis() + " ms (http.request_timeout)",
          "the request may still be carried out: send it again with the same Idempotency-Key or id to find out",
          Duration.ofSeconds(1),
          List.of());
    }
  }
}
