package dev.capstan.dsl.jq;

import org.jspecify.annotations.Nullable;

/**
 * Remembers the last expression of one place in a program. Safe for many threads: at worst one
 * compiles it again.
 */
final class RegexMemory {
  private volatile @Nullable Regex last;

  Regex get(Run run, String source, String flags) {
    Regex known = last;
    if (known == null || !known.is(source, flags)) {
      known = Regex.compile(run, source, flags);
      last = known;
    }
    return known;
  }
}
