package dev.capstan.worker.http;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A content type as far as it decides how bytes are read.
 *
 * @param name type and subtype in lower case, without parameters
 */
public record MediaType(String name, Charset charset) {

  private static final Pattern CHARSET =
      Pattern.compile(";\\s*charset\\s*=\\s*\"?([^\";\\s]+)", Pattern.CASE_INSENSITIVE);

  private static final Set<String> TEXT =
      Set.of(
          "application/xml",
          "application/javascript",
          "application/ecmascript",
          "application/yaml",
          "application/x-yaml",
          "application/x-www-form-urlencoded",
          "application/x-ndjson",
          "application/graphql",
          "application/sql",
          "application/toml");

  /** Reads the value of a Content-Type header; any text. */
  public static MediaType of(String header) {
    int parameters = header.indexOf(';');
    String name =
        (parameters < 0 ? header : header.substring(0, parameters))
            .strip()
            .toLowerCase(Locale.ROOT);
    return new MediaType(name, charset(header));
  }

  /** Whether what has the type is JSON. */
  public boolean isJson() {
    return name.equals("application/json") || name.equals("text/json") || name.endsWith("+json");
  }

  /** Whether what has the type is text that is not JSON. */
  public boolean isText() {
    return name.startsWith("text/")
        || name.endsWith("+xml")
        || name.endsWith("+yaml")
        || TEXT.contains(name);
  }

  private static Charset charset(String header) {
    Matcher matcher = CHARSET.matcher(header);
    if (matcher.find()) {
      try {
        return Charset.forName(matcher.group(1));
      } catch (IllegalArgumentException unknown) {
        return StandardCharsets.UTF_8;
      }
    }
    return StandardCharsets.UTF_8;
  }
}
