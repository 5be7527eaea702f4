package dev.capstan.dsl.schema;

import com.networknt.schema.regex.RegularExpression;
import java.util.regex.Pattern;

/**
 * A regular expression that gives up: authors of schemas write patterns that backtrack without end
 * on data that others send. Counts the characters that the matcher looks at.
 */
final class BoundedPattern implements RegularExpression {
  /** About a tenth of a second. */
  private static final int MOST_LOOKS = 10_000_000;

  private final Pattern pattern;

  BoundedPattern(String pattern) {
    this.pattern = Pattern.compile(pattern);
  }

  @Override
  public boolean matches(String value) {
    return pattern.matcher(new Counted(value, new Budget(pattern.pattern()))).find();
  }

  /** The matcher looked at too many characters. */
  static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLongException(String pattern) {
      super("the pattern \"" + pattern + "\" takes too long");
    }
  }

  /** What one match has left. */
  private static final class Budget {
    private final String pattern;
    private int looks = MOST_LOOKS;

    Budget(String pattern) {
      this.pattern = pattern;
    }

    void take() {
      if (--looks < 0) {
        throw new TooLongException(pattern);
      }
    }
  }

  private record Counted(CharSequence text, Budget budget) implements CharSequence {
    @Override
    public char charAt(int index) {
      budget.take();
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.subSequence(start, end), budget);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
