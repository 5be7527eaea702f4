package dev.capstan.server.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names requests, so that an answer can be found in the log. Unique within one run of a server and,
 * as good as, between runs.
 */
final class RequestIds {
  private static final Pattern ACCEPTED = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private final String prefix;
  private final AtomicLong last = new AtomicLong();

  /** Ids that start with a word of this run. */
  RequestIds(String prefix) {
    this.prefix = prefix;
  }

  String next() {
    return prefix + "-" + Long.toString(last.incrementAndGet(), 36);
  }

  /** The client's own id when it can stand in a log, else the next. */
  String orNext(@Nullable String given) {
    return given != null && ACCEPTED.matcher(given).matches() ? given : next();
  }
}
