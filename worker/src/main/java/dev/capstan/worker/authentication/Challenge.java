package dev.capstan.worker.authentication;

import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One challenge of a server (RFC 9110, section 11.6.1).
 *
 * @param scheme in lower case
 * @param parameters by name in lower case, quotes resolved
 */
record Challenge(String scheme, Map<String, String> parameters) {

  /** All challenges of an answer, in the order of the server. */
  static List<Challenge> of(HttpHeaders headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String value : headers.allValues("www-authenticate")) {
      challenges.addAll(parse(value));
    }
    return challenges;
  }

  /** Reads leniently: what is no challenge becomes one of a scheme that nobody knows. */
  static List<Challenge> parse(String header) {
    return new Parser(header).all();
  }

  /** A parameter; empty when there is none. */
  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  private static final class Parser {

    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    List<Challenge> all() {
      List<Challenge> challenges = new ArrayList<>();
      for (skip(" \t,"); at < text.length(); skip(" \t,")) {
        String word = word();
        skip(" \t");
        if (at < text.length() && text.charAt(at) == '=') {
          at++;
          skip(" \t");
          String value = value();
          if (!challenges.isEmpty()) {
            challenges.getLast().parameters().putIfAbsent(word, value);
          }
        } else {
          challenges.add(new Challenge(word, new TreeMap<>()));
        }
      }
      return challenges;
    }

    private String word() {
      int from = at;
      while (at < text.length() && " \t,=".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(from, at).toLowerCase(Locale.ROOT);
    }

    private String value() {
      if (at < text.length() && text.charAt(at) == '"') {
        return quoted();
      }
      int from = at;
      while (at < text.length() && " \t,".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(from, at);
    }

    private String quoted() {
      StringBuilder value = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at));
        at++;
      }
      at++;
      return value.toString();
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }
  }
}
