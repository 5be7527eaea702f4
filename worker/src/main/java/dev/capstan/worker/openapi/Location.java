package dev.capstan.worker.openapi;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a parameter travels. */
enum Location {
  PATH,
  QUERY,
  HEADER,
  COOKIE,
  /** A field of the form that is the body (Swagger 2.0). */
  FORM;

  /** The place that a document calls {@code in}; null for a place that this is not. */
  static @Nullable Location of(String in) {
    return switch (in) {
      case "path" -> PATH;
      case "query" -> QUERY;
      case "header" -> HEADER;
      case "cookie" -> COOKIE;
      case "formData" -> FORM;
      default -> null;
    };
  }

  /** The word for it in errors. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
