package dev.capstan.dsl.jq;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * A compiled regular expression. Immutable. A match pays a step for each character it looks at, so
 * an expression that backtracks for ever runs out of steps.
 */
final class Regex {
  private static final int MAX_LENGTH = 10_000;

  private final String source;
  private final String flags;
  private final Pattern pattern;
  private final boolean global;
  private final boolean skipEmpty;

  /** The names of the groups, null for those without one. */
  final List<@Nullable String> names;

  private Regex(String source, String flags, Pattern pattern, List<@Nullable String> names) {
    this.source = source;
    this.flags = flags;
    this.pattern = pattern;
    this.names = names;
    this.global = flags.indexOf('g') >= 0;
    this.skipEmpty = flags.indexOf('n') >= 0;
  }

  /** Whether this is the compiled form of a source and flags. */
  boolean is(String otherSource, String otherFlags) {
    return source.equals(otherSource) && flags.equals(otherFlags);
  }

  static Regex compile(Run run, String source, String flags) {
    run.tick(16L + 4L * source.length());
    if (source.length() > MAX_LENGTH) {
      throw JqException.error("Regex failure: longer than " + MAX_LENGTH + " characters");
    }
    int options = options(flags);
    try {
      RegexSyntax.Translated translated = RegexSyntax.translate(source);
      return new Regex(
          source, flags, Pattern.compile(translated.pattern(), options), translated.names());
    } catch (PatternSyntaxException e) {
      throw JqException.error(
          source
              + " (at offset "
              + Math.max(0, e.getIndex())
              + ") is not a valid regex: "
              + e.getDescription().toLowerCase(Locale.ROOT));
    }
  }

  private static int options(String flags) {
    int options = Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES;
    for (int i = 0; i < flags.length(); i++) {
      options |=
          switch (flags.charAt(i)) {
            case 'g', 'n', 'l' -> 0;
            case 'i' -> Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
            case 'x' -> Pattern.COMMENTS;
            case 's', 'p' -> Pattern.DOTALL;
            default -> throw JqException.error(flags + " is not a valid modifier string");
          };
    }
    return options;
  }

  boolean test(Run run, String text) {
    Matcher matcher = pattern.matcher(new Counted(run, text));
    boolean found = matcher.find();
    while (found && skipEmpty && matcher.end() == matcher.start()) {
      found = matcher.find();
    }
    return found;
  }

  /** Hands on all matches, or the first if the flags don't have a {@code g}. */
  void each(Run run, String text, boolean all, Consumer<Matcher> out) {
    Matcher matcher = pattern.matcher(new Counted(run, text));
    boolean more = matcher.find();
    while (more) {
      run.tick();
      boolean skipped = skipEmpty && matcher.end() == matcher.start();
      if (!skipped) {
        out.accept(matcher);
      }
      more = (all || global || skipped) && matcher.find();
    }
  }

  static String flags(JsonNode flags) {
    return Types.isNull(flags) ? "" : Types.text(flags, "is not a string");
  }

  /** A string that takes a step for each character that is looked at. */
  private record Counted(Run run, String text) implements CharSequence {
    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      run.tick();
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
