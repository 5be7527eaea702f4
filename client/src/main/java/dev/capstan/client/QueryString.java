package dev.capstan.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Builds the query of a path. For one thread. */
final class QueryString {
  private final StringBuilder text = new StringBuilder();

  /** Adds a parameter, unless it is null. */
  QueryString with(String name, @Nullable Object value) {
    if (value != null) {
      text.append(text.isEmpty() ? '?' : '&')
          .append(name)
          .append('=')
          .append(encode(value.toString()));
    }
    return this;
  }

  QueryString with(PageRequest page) {
    return with("limit", page.limit()).with("cursor", page.cursor());
  }

  /** A value as one segment of a path or one value of a query. */
  static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
