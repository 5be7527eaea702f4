package dev.capstan.server.http;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.JsonText;
import dev.capstan.server.http.json.RecordWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Described("A request that was not carried out (RFC 9457)")
record Problem(
    @Described("Page about the code, on this server") String type,
    String title,
    int status,
    @Described("What happened") String detail,
    @Described("Path of the request") String instance,
    @Described("Stable code") String code,
    @Described("What to do") @Nullable String hint,
    @Described("Whether the same request may succeed later") boolean retryable,
    @Nullable Long retryAfterMs,
    @Described(
            "\"no\": nothing has changed; \"unknown\": ask again with the same Idempotency-Key or id")
        String applied,
    @Described("Single faults of a document, in its order") @Nullable List<Fault> errors,
    String requestId) {

  static final String CONTENT_TYPE = "application/problem+json";
  private static final Duration DEFAULT_RETRY = Duration.ofSeconds(1);

  @Described("One fault of a document")
  record Fault(
      @Nullable String code,
      @Described("JSON pointer (RFC 6901)") @Nullable String pointer,
      @Described("From 1") @Nullable Integer line,
      @Described("From 1") @Nullable Integer column,
      String detail,
      @Nullable String hint) {

    static Fault of(Refusal.Detail detail) {
      return new Fault(
          detail.code(),
          detail.pointer(),
          detail.line() > 0 ? detail.line() : null,
          detail.column() > 0 ? detail.column() : null,
          detail.message(),
          detail.hint());
    }
  }

  static Problem of(Refusal refusal, String instance, String requestId) {
    Refusal.Code code = refusal.code();
    boolean overloaded = code.httpStatus() == 429 || code.httpStatus() == 503;
    Duration retryAfter =
        refusal.retryAfter() == null && overloaded ? DEFAULT_RETRY : refusal.retryAfter();
    List<Fault> faults = refusal.details().stream().map(Fault::of).toList();
    return new Problem(
        "/errors/" + code.id(),
        words(code.name()),
        code.httpStatus(),
        String.valueOf(refusal.getMessage()),
        instance,
        code.id(),
        refusal.hint(),
        retryAfter != null,
        retryAfter == null ? null : retryAfter.toMillis(),
        code == Refusal.Code.OUTCOME_UNKNOWN ? "unknown" : "no",
        faults.isEmpty() ? null : faults,
        requestId);
  }

  static Problem of(HttpFault fault, String instance, String requestId) {
    HttpFault.Code code = fault.code();
    return new Problem(
        "/errors/" + code.id(),
        words(code.name()),
        code.httpStatus(),
        String.valueOf(fault.getMessage()),
        instance,
        code.id(),
        fault.hint(),
        false,
        null,
        "no",
        null,
        requestId);
  }

  /** The answer that carries it. */
  Answer.Whole answer(Map<String, String> more) {
    Map<String, String> headers = new LinkedHashMap<>(more);
    if (retryAfterMs != null) {
      headers.put("Retry-After", Long.toString(Math.max(1, (retryAfterMs + 999) / 1000)));
    }
    return new Answer.Whole(
        status, CONTENT_TYPE, JsonText.write(RecordWriter.write(this)), headers);
  }

  private static String words(String name) {
    String words = name.replace('_', ' ').toLowerCase(Locale.ROOT).replace("http", "HTTP");
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }
}
