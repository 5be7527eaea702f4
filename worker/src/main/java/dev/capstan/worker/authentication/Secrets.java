package dev.capstan.worker.authentication;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What must not be told of a call. Collected while the request is built, taken out of every text
 * that leaves the worker. Safe for concurrent use.
 */
public final class Secrets {

  /** Stands where a secret stood. */
  public static final String HIDDEN = "***";

  private static final int SHORTEST = 3;

  private static final Pattern SENSITIVE_NAME =
      Pattern.compile("authorization|cookie|token|secret|passw|api-?_?key|signature|credential");

  /** The longest first: one secret may contain another. */
  private final TreeSet<String> values =
      new TreeSet<>(
          Comparator.comparingInt(String::length)
              .reversed()
              .thenComparing(Comparator.naturalOrder()));

  /** Whether a header or query parameter of this name is likely to hold a secret. */
  public static boolean sensitive(String name) {
    return SENSITIVE_NAME.matcher(name.toLowerCase(Locale.ROOT)).find();
  }

  /** Remembers a value, plain and as it is written in headers, URIs and forms. */
  public synchronized void add(String value) {
    if (value.length() >= SHORTEST) {
      values.add(value);
      values.add(Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
      values.add(URLEncoder.encode(value, StandardCharsets.UTF_8));
      values.add(percent(value));
    }
  }

  /** Everything but unreserved characters percent-encoded. */
  static String percent(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  /** The text without any of the secrets. */
  public synchronized String redact(String text) {
    String redacted = text;
    for (String value : values) {
      redacted = redacted.replace(value, HIDDEN);
    }
    return redacted;
  }
}
