package dev.capstan.worker.openapi;

/**
 * How the value of a parameter is written (OpenAPI 3, Style Values; Swagger 2.0, collectionFormat).
 */
enum Style {
  /** {@code a=1&a=2} or {@code a=1,2}. */
  FORM(","),
  /** Like {@link #FORM}, with spaces between values. */
  SPACES(" "),
  /** Like {@link #FORM}, with tabs between values. */
  TABS("\t"),
  /** Like {@link #FORM}, with bars between values. */
  PIPES("|"),
  /** {@code a[x]=1&a[y]=2}. */
  DEEP_OBJECT(","),
  /** {@code 1,2}. */
  SIMPLE(","),
  /** {@code .1.2}. */
  LABEL(","),
  /** {@code ;a=1;a=2}. */
  MATRIX(","),
  /** The value's JSON. */
  JSON(",");

  private final String delimiter;

  Style(String delimiter) {
    this.delimiter = delimiter;
  }

  /** What stands between values that are written as one. */
  String delimiter() {
    return delimiter;
  }
}
