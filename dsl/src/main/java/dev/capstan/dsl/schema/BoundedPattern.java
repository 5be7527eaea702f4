package dev.capstan.dsl.schema;

import com.networknt.schema.regex.RegularExpression;
import dev.capstan.dsl.model.TextPattern;

/** A regular expression of a schema, on data that others send. */
final class BoundedPattern implements RegularExpression {
  /** About a tenth of a second. */
  static final int MOST_LOOKS = 10_000_000;

  private final TextPattern pattern;

  BoundedPattern(String pattern) {
    this.pattern = TextPattern.compile(pattern, MOST_LOOKS);
  }

  @Override
  public boolean matches(String value) {
    return pattern.find(value);
  }
}
