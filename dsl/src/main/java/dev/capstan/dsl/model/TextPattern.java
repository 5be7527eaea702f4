package dev.capstan.dsl.model;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression that gives up: authors write patterns that backtrack without end on what
 * others send. Counts the characters that the matcher looks at. Immutable.
 */
public final class TextPattern {
  private final Pattern pattern;
  private final int mostLooks;

  private TextPattern(Pattern pattern, int mostLooks) {
    this.pattern = pattern;
    this.mostLooks = mostLooks;
  }

  /**
   * Reads a pattern.
   *
   * @param mostLooks at how many characters one match may look; ten million take about a tenth of a
   *     second
   * @throws PatternSyntaxException if it is none, or nests too deep
   */
  public static TextPattern compile(String text, int mostLooks) {
    try {
      return new TextPattern(Pattern.compile(text), mostLooks);
    } catch (StackOverflowError e) {
      throw new PatternSyntaxException("it is nested too deep", text, -1);
    }
  }

  /**
   * Whether it is found anywhere in {@code text}.
   *
   * @throws TooLongException if that can't be told within the limit
   */
  public boolean find(String text) {
    return find(text, new Looks(mostLooks));
  }

  /**
   * The same, where several patterns share a limit. {@code looks} has less left afterwards.
   *
   * @throws TooLongException if that can't be told within both limits
   */
  public boolean find(String text, Looks looks) {
    try {
      return pattern.matcher(new Counted(text, new Budget(looks))).find();
    } catch (StackOverflowError e) {
      throw new TooLongException(pattern.pattern());
    }
  }

  /**
   * Whether the whole of {@code text} is of this pattern.
   *
   * @throws TooLongException if that can't be told within the limit
   */
  public boolean matches(String text) {
    try {
      return pattern.matcher(new Counted(text, new Budget(new Looks(mostLooks)))).matches();
    } catch (StackOverflowError e) {
      throw new TooLongException(pattern.pattern());
    }
  }

  @Override
  public String toString() {
    return pattern.pattern();
  }

  /** The matcher looked at too many characters. */
  public static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLongException(String pattern) {
      super("the pattern \"" + pattern + "\" takes too long", null, false, false);
    }
  }

  /** At how many characters several matches may look together. Owned by one thread. */
  public static final class Looks {
    private int left;

    /** So many are left. */
    public Looks(int left) {
      this.left = left;
    }
  }

  /** What one match has left. */
  private final class Budget {
    private final Looks shared;
    private int looks = mostLooks;

    Budget(Looks shared) {
      this.shared = shared;
    }

    void take() {
      if (--looks < 0 || --shared.left < 0) {
        throw new TooLongException(pattern.pattern());
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
