package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Swagger 2.0 and OpenAPI 3 say in different ways. */
sealed interface Dialect permits Swagger2, OpenApi3 {

  /** The absolute URI that the operation's path follows, without a slash at its end. */
  String server(Listing.Entry entry);

  /**
   * How a parameter is written.
   *
   * @param definition without references
   */
  Parameter parameter(JsonNode definition, Location in);

  /**
   * The body of the request; null when it has none.
   *
   * @param parameters definitions of the operation's parameters, without references
   */
  @Nullable Body body(Listing.Entry entry, List<JsonNode> parameters);

  /** The content types that the operation answers with. */
  Collection<String> answers(Listing.Entry entry);

  /** The schemes of security that the document defines, by name. */
  JsonNode securitySchemes();
}
