package dev.capstan.dsl.schema;

import com.networknt.schema.regex.RegularExpression;
import dev.capstan.dsl.model.TextPattern;
import java.util.function.Supplier;

/** A regular expression of a schema, on data that others send. */
final class BoundedPattern implements RegularExpression {
  /** About a tenth of a second. */
  static final int MOST_LOOKS = 10_000_000;

  /** What all patterns have left in the check that is going on. */
  private static final ScopedValue<TextPattern.Looks> LOOKS = ScopedValue.newInstance();

  private final TextPattern pattern;

  BoundedPattern(String pattern) {
    this.pattern = TextPattern.compile(pattern, MOST_LOOKS);
  }

  @Override
  public boolean matches(String value) {
    return LOOKS.isBound() ? pattern.find(value, LOOKS.get()) : pattern.find(value);
  }

  /** Does something in which all patterns together look at so many characters at most. */
  static <T> T within(int mostLooks, Supplier<T> work) {
    return ScopedValue.where(LOOKS, new TextPattern.Looks(mostLooks)).call(work::get);
  }
}
