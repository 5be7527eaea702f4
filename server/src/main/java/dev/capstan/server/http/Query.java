package dev.capstan.server.http;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.http.json.JsonText;
import dev.capstan.server.http.json.Nearest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The parameters after the question mark, checked against what the operation knows. */
final class Query {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  private final Map<String, List<String>> values;

  private Query(Map<String, List<String>> values) {
    this.values = values;
  }

  /**
   * Reads a raw query.
   *
   * @throws Refusal for an unknown or repeated parameter, or one that is not percent-encoded UTF-8
   */
  static Query read(String raw, List<Parameter> parameters) {
    Map<String, Parameter> known = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      if (parameter.place() == Parameter.Place.QUERY) {
        known.put(parameter.name(), parameter);
      }
    }
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String part : raw.isEmpty() ? List.<String>of() : List.of(raw.split("&"))) {
      if (part.isEmpty()) {
        continue;
      }
      int equal = part.indexOf('=');
      String name = decode(equal < 0 ? part : part.substring(0, equal), true);
      String value = equal < 0 ? "" : decode(part.substring(equal + 1), true);
      Parameter parameter = known.get(name);
      if (parameter == null) {
        throw unknown(name, known);
      }
      List<String> list = values.computeIfAbsent(name, n -> new ArrayList<>());
      if (!list.isEmpty() && !parameter.repeated()) {
        throw invalid("the query parameter \"" + name + "\" may be given once", null);
      }
      list.add(value);
    }
    return new Query(values);
  }

  /** The value, null when it is not given or empty. */
  @Nullable String text(String name) {
    List<String> list = values.get(name);
    return list == null || list.getFirst().isEmpty() ? null : list.getFirst();
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  /** Whether a flag is given: by its name alone or with {@code true}. */
  boolean flag(String name) {
    List<String> list = values.get(name);
    if (list == null) {
      return false;
    }
    return switch (list.getFirst()) {
      case "", "true" -> true;
      case "false" -> false;
      default ->
          throw invalid(
              "the query parameter \""
                  + name
                  + "\" is true or false, not \""
                  + list.getFirst()
                  + "\"",
              null);
    };
  }

  long number(String name, long otherwise, long least, long most) {
    String text = text(name);
    if (text == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below, with the range
    }
    String range = most == Long.MAX_VALUE ? least + " or more" : least + " to " + most;
    throw invalid(
        "the query parameter \""
            + name
            + "\" is a whole number, "
            + range
            + ", not \""
            + text
            + "\"",
        null);
  }

  /** A duration such as {@code 30s}; null when it is not given. */
  @Nullable Duration duration(String name, Duration most) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw invalid(
          "\"" + text + "\" is no duration for \"" + name + "\"",
          "a number and ms, s, m or h, such as 30s");
    }
    long amount = Long.parseLong(matcher.group(1));
    Duration duration =
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(amount);
          case "s" -> Duration.ofSeconds(amount);
          case "m" -> Duration.ofMinutes(amount);
          default -> Duration.ofHours(amount);
        };
    if (duration.compareTo(most) > 0) {
      throw invalid(
          "\"" + name + "\" is at most " + most.toSeconds() + "s, not " + text,
          "ask again when the time is over");
    }
    return duration;
  }

  /**
   * Text of percent-encoded UTF-8.
   *
   * @param plus whether {@code +} is a space, as in queries
   */
  static String decode(String raw, boolean plus) {
    if (raw.indexOf('%') < 0 && !(plus && raw.indexOf('+') >= 0)) {
      return raw;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        boolean whole = i + 2 < raw.length();
        int high = whole ? Character.digit(raw.charAt(i + 1), 16) : -1;
        int low = whole ? Character.digit(raw.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw invalid(
              "\"" + raw + "\" is not percent-encoded: % needs two hexadecimal digits", null);
        }
        bytes.write(high * 16 + low);
        i += 2;
      } else if (c == '+' && plus) {
        bytes.write(' ');
      } else {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return JsonText.decode(bytes.toByteArray(), "\"" + raw + "\"");
  }

  private static Refusal unknown(String name, Map<String, Parameter> known) {
    String nearest = Nearest.to(name, known.keySet());
    String all =
        known.isEmpty()
            ? "this operation has none"
            : "known here: " + String.join(", ", known.keySet());
    return invalid(
        "unknown query parameter \"" + name + "\"",
        nearest == null ? all : "did you mean \"" + nearest + "\"? " + all);
  }

  private static Refusal invalid(String message, @Nullable String hint) {
    return new Refusal(Refusal.Code.INVALID_REQUEST, message, hint);
  }
}
