package dev.capstan.node.config;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Which headers requests to the sink of life-cycle events may be given. */
final class SinkHeaders {
  static final int MOST = 16;

  static final String ALLOWED =
      "up to 16 headers; names of letters, digits and -, other than those that the request needs itself,"
          + " and names of secrets of 1 to 256 characters";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,63}");

  /** What the client sets, or what says how to read the body. */
  private static final Set<String> TAKEN =
      Set.of(
          "connection",
          "content-encoding",
          "content-length",
          "content-type",
          "expect",
          "host",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private SinkHeaders() {}

  static boolean isName(String name) {
    return NAME.matcher(name).matches() && !TAKEN.contains(name.toLowerCase(Locale.ROOT));
  }

  static boolean isSecret(String name) {
    return !name.isBlank() && name.length() <= 256;
  }
}
