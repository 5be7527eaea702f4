package dev.capstan.worker.http;

import dev.capstan.worker.executor.Distrust;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Fault;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Errors of HTTP calls in words that help: what was asked, of whom, what happened. Without secrets.
 */
final class Failures {

  private static final int EXCERPT_BYTES = 1024;

  private Failures() {}

  /** There was no whole answer. */
  static Fault of(HttpCall call, IOException e, int limit) {
    String detail =
        call.method()
            + " "
            + Endpoint.shown(call.uri())
            + " failed: "
            + cause(call.uri(), e, limit)
            + ".";
    String title = among(e, LimitedBody.TooLarge.class) ? "Response too large" : "No response";
    return ErrorType.COMMUNICATION.fault(title, call.secrets().redact(detail));
  }

  /** There was an answer, and its status is an error. */
  static Fault of(Answer answer) {
    HttpCall call = answer.request();
    String excerpt = excerpt(answer);
    String detail =
        call.method()
            + " "
            + Endpoint.shown(call.uri())
            + " was answered with status "
            + answer.status()
            + (excerpt.isEmpty() ? "." : ": " + excerpt);
    return ErrorType.COMMUNICATION.fault(
        answer.status(), "HTTP status " + answer.status(), call.secrets().redact(detail));
  }

  /** There was an answer, and its content is not what its type says. */
  static Fault notJson(Answer answer) {
    return ErrorType.COMMUNICATION.fault(
        "Unreadable response",
        answer.request().method()
            + " "
            + Endpoint.shown(answer.request().uri())
            + " was answered with a content type of JSON, but the content is not JSON.");
  }

  private static String cause(URI uri, IOException e, int limit) {
    String peer = uri.getHost() + ":" + port(uri);
    if (among(e, LimitedBody.TooLarge.class)) {
      return "the response is larger than the limit of " + limit + " bytes";
    }
    if (among(e, UnresolvedAddressException.class) || among(e, UnknownHostException.class)) {
      return "the host name " + uri.getHost() + " can't be resolved";
    }
    if (e instanceof HttpConnectTimeoutException) {
      return "no connection to " + peer + " within " + Transport.CONNECT_SECONDS + " s";
    }
    if (e instanceof ConnectException) {
      return "no connection to " + peer + " (" + message(e, "connection refused") + ")";
    }
    String distrust = Distrust.of(e);
    if (distrust != null) {
      return "no secure connection to " + peer + ": " + distrust;
    }
    if (e instanceof SSLException) {
      return "no secure connection to " + peer + " (" + message(e, "TLS error") + ")";
    }
    if (among(e, EOFException.class)) {
      return "the connection to " + peer + " was closed before the answer was complete";
    }
    return "the connection to "
        + peer
        + " broke ("
        + message(e, e.getClass().getSimpleName())
        + ")";
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
  }

  private static String message(IOException e, String otherwise) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? otherwise : message;
  }

  private static boolean among(Throwable e, Class<? extends Throwable> type) {
    for (@Nullable Throwable each = e; each != null; each = each.getCause()) {
      if (type.isInstance(each)) {
        return true;
      }
    }
    return false;
  }

  private static String excerpt(Answer answer) {
    String type = answer.headers().firstValue("content-type").orElse("");
    MediaType media = MediaType.of(type);
    if (!media.isJson() && !media.isText()) {
      return "";
    }
    byte[] content = answer.content();
    String text =
        new String(content, 0, Math.min(content.length, EXCERPT_BYTES), StandardCharsets.UTF_8)
            .strip();
    return content.length > EXCERPT_BYTES ? text + "…" : text;
  }
}
