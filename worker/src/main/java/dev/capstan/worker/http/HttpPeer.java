package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One endpoint that an attempt asks several times, with the endpoint's authentication and the
 * headers of the definition. Redirections are not followed. Used by one thread at a time; {@link
 * #offer} by any.
 */
public final class HttpPeer {

  private static final Logger LOG = LoggerFactory.getLogger(HttpPeer.class);

  private static final int EXCERPT_BYTES = 16 * 1024;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Transport transport;
  private final HttpCall base;

  private HttpPeer(Transport transport, HttpCall base) {
    this.transport = transport;
    this.base = base;
  }

  /**
   * The peer at an endpoint.
   *
   * @param endpoint a URI, or an object of a URI and an authentication
   * @param headers sent with every request, below those of the request itself
   * @throws TaskFault of type {@code configuration} when one of them can't be used
   */
  public static HttpPeer of(Transport transport, JsonNode endpoint, JsonNode headers) {
    ObjectNode call = Json.object().put("method", "POST");
    call.set("endpoint", endpoint);
    call.set("headers", headers);
    return new HttpPeer(transport, HttpCall.of(Arguments.of(call)));
  }

  /**
   * Sends a request and returns when the answer begins. The caller closes it; an interrupt gives it
   * up.
   *
   * @param headers by name in lower case
   * @throws TaskFault of type {@code communication} when there is no answer, or one outside 200 to
   *     299
   */
  public Reply send(String method, Map<String, String> headers, byte @Nullable [] body)
      throws InterruptedException {
    HttpCall call = call(method, headers, body);
    HttpResponse<InputStream> response = transport.open(call);
    if (response.statusCode() >= 200 && response.statusCode() <= 299) {
      return new Reply(call, response);
    }
    try (InputStream content = response.body()) {
      byte[] excerpt = content.readNBytes(EXCERPT_BYTES);
      throw new TaskFault(
          Failures.of(new Answer(call, response.statusCode(), response.headers(), excerpt)));
    } catch (IOException e) {
      throw new TaskFault(Failures.of(call, e, EXCERPT_BYTES));
    }
  }

  /** Sends a request whose answer nobody needs, without waiting for it. */
  public CompletableFuture<Void> offer(
      String method, Map<String, String> headers, byte @Nullable [] body) {
    return transport.offer(call(method, headers, body), PATIENCE);
  }

  private HttpCall call(String method, Map<String, String> headers, byte @Nullable [] body) {
    Map<String, List<String>> all = new TreeMap<>(base.headers());
    headers.forEach((name, value) -> all.put(name, List.of(value)));
    return new HttpCall(
        method, base.uri(), all, body, base.output(), false, base.secrets(), base.policy());
  }

  /** Remembers what must not show in errors, and is not in the definition. */
  public void keepSecret(String value) {
    base.secrets().add(value);
  }

  /** The text without secrets. */
  public String redact(String text) {
    return base.secrets().redact(text);
  }

  /** An answer whose body is read as it arrives. Used by one thread. */
  public static final class Reply implements AutoCloseable {

    private final HttpCall call;
    private final HttpResponse<InputStream> response;

    private Reply(HttpCall call, HttpResponse<InputStream> response) {
      this.call = call;
      this.response = response;
    }

    /** The first value of a header; empty when there is none. */
    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    /** Type and subtype of the content in lower case; empty when the server does not say. */
    public String contentType() {
      return MediaType.of(header("content-type")).name();
    }

    /** The content as it arrives, decompressed. */
    public InputStream body() throws IOException {
      String encoding = header("content-encoding").strip();
      return encoding.equalsIgnoreCase("gzip")
          ? new GZIPInputStream(response.body())
          : response.body();
    }

    /**
     * The whole content.
     *
     * @throws TaskFault of type {@code communication} when it does not arrive, or is too large
     */
    public byte[] content(int limit) {
      try (InputStream body = body()) {
        byte[] content = body.readNBytes(limit);
        if (content.length == limit && body.read() >= 0) {
          throw new LimitedBody.TooLarge();
        }
        return content;
      } catch (IOException e) {
        throw new TaskFault(Failures.of(call, e, limit));
      }
    }

    /** The fault of an answer that broke off. */
    public TaskFault broken(IOException e) {
      return new TaskFault(Failures.of(call, e, 0));
    }

    /** The fault of an answer that holds more than is taken, in bytes. */
    public TaskFault tooLarge(int limit) {
      return new TaskFault(Failures.of(call, new LimitedBody.TooLarge(), limit));
    }

    /** The fault of an answer that can't be used. */
    public TaskFault unusable(String why) {
      return new TaskFault(
          ErrorType.COMMUNICATION.fault(
              "Unreadable response",
              call.secrets()
                  .redact(call.method() + " " + Endpoint.shown(call.uri()) + " failed: " + why)));
    }

    /** Gives up the rest. */
    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException e) {
        LOG.debug("An answer was given up: {}", e.getMessage());
      }
    }
  }
}
