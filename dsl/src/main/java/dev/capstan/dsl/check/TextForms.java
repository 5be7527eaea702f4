package dev.capstan.dsl.check;

import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Forms of texts, as the patterns of the specification's schema define them. */
final class TextForms {
  private TextForms() {}

  private static final Pattern NAME =
      Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?");
  private static final Pattern HOST =
      Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9-.]{0,61}[a-zA-Z0-9])?");
  private static final Pattern VERSION =
      Pattern.compile(
          "(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)"
              + "(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)"
              + "(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
              + "(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?");
  private static final Pattern NUMBERED = Pattern.compile("v?\\d{1,9}(\\.\\d{1,9}){0,2}");
  private static final Pattern URI =
      Pattern.compile(
          "(?!\\s*\\$\\{)(?=\\S)(([^:/?#]+):)?(//([^/?#\\s]*))?([^?#\\s]*)(\\?([^#\\s]*))?(#(\\S*))?");
  private static final Pattern VARIABLE = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
  private static final int LONGEST_VERSION = 256;

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  static @Nullable String nameHint(String text) {
    String better = text.strip().replaceAll("[^a-zA-Z0-9-]+", "-").replaceAll("^-+|-+$", "");
    return isName(better) ? "fix: for example \"" + better + "\"" : null;
  }

  static boolean isHost(String text) {
    return HOST.matcher(text).matches();
  }

  static boolean isVersion(String text) {
    return text.length() <= LONGEST_VERSION && VERSION.matcher(text).matches();
  }

  /** Whether it is a version in any way of counting. */
  static boolean isNumbered(String text) {
    return isVersion(text) || NUMBERED.matcher(text).matches();
  }

  static boolean isUri(String text) {
    return URI.matcher(text).matches();
  }

  static @Nullable String uriHint(String text) {
    if (text.contains("${")) {
      return "fix: build it with one expression: ${ \"https://host/\\(.id)\" }, or use {name} in a URI template";
    }
    return text.contains(" ") ? "fix: write a space as %20" : null;
  }

  static boolean isPointer(String text) {
    return text.isEmpty() || (text.startsWith("/") && !text.matches("(?s).*~(?![01]).*"));
  }

  static boolean isDateTime(String text) {
    try {
      OffsetDateTime.parse(text);
      return true;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  static boolean isVariable(String text) {
    return VARIABLE.matcher(text).matches();
  }
}
