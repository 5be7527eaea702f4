package dev.capstan.dsl.source;

/**
 * How much one text may hold.
 *
 * @param bytes in UTF-8
 * @param depth of nested objects and lists
 * @param values objects, lists, texts, numbers and so on, those that aliases repeat included
 * @param numberLength characters of one number
 */
public record SourceLimits(int bytes, int depth, int values, int numberLength) {
  /** What a definition may hold: 1 MiB, 400 levels (100 nested tasks take 301), 200,000 values. */
  public static final SourceLimits DEFAULT = new SourceLimits(1 << 20, 400, 200_000, 400);
}
