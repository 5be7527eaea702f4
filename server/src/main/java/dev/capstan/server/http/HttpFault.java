package dev.capstan.server.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that is wrong as HTTP, before anything is asked of the engine. */
final class HttpFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;
  private final @Nullable String hint;
  private final transient Map<String, String> headers;

  HttpFault(Code code, String detail, @Nullable String hint) {
    this(code, detail, hint, Map.of());
  }

  HttpFault(Code code, String detail, @Nullable String hint, Map<String, String> headers) {
    super(detail, null, false, false);
    this.code = code;
    this.hint = hint;
    this.headers = Map.copyOf(headers);
  }

  Code code() {
    return code;
  }

  @Nullable String hint() {
    return hint;
  }

  /** Headers that belong to the answer. */
  Map<String, String> headers() {
    return headers == null ? Map.of() : headers;
  }

  /**
   * Stable codes; they go on where those of {@link dev.capstan.server.gateway.Refusal.Code} for
   * requests end.
   */
  enum Code {
    METHOD_NOT_ALLOWED("CAP-2008", 405),
    UNSUPPORTED_MEDIA_TYPE("CAP-2009", 415),
    NOT_ACCEPTABLE("CAP-2010", 406),
    WRONG_HOST("CAP-2011", 421),
    MALFORMED_HTTP("CAP-2012", 400),
    HEADERS_TOO_LARGE("CAP-2013", 431);

    private final String id;
    private final int status;

    Code(String id, int status) {
      this.id = id;
      this.status = status;
    }

    String id() {
      return id;
    }

    int httpStatus() {
      return status;
    }
  }
}
