package dev.capstan.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import java.nio.charset.Charset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request, by its content type. Without one, or with one of JSON, any value is sent
 * as JSON, a string too. With any other one a string is sent as it is, and an object as a form if
 * the type says so.
 *
 * @param contentType to be sent with it; null when the request has one of its own
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RequestBody(byte[] bytes, @Nullable String contentType) {

  static RequestBody of(JsonNode body, @Nullable String contentType) {
    if (contentType == null) {
      return new RequestBody(Json.write(body), "application/json");
    }
    MediaType type = MediaType.of(contentType);
    if (type.isJson()) {
      return new RequestBody(Json.write(body), null);
    }
    if (type.name().equals("application/x-www-form-urlencoded") && body.isObject()) {
      return new RequestBody(Query.encode(body).getBytes(type.charset()), null);
    }
    if (body.isContainerNode()) {
      throw Arguments.wrong(
          "'body' must be a string when the content type is "
              + type.name().toLowerCase(Locale.ROOT)
              + ", not "
              + Arguments.shape(body)
              + ".");
    }
    Charset charset = type.charset();
    return new RequestBody(Json.text(body).getBytes(charset), null);
  }
}
