package dev.capstan.dsl.check;

/** What a text in a definition is. */
enum TextRole {
  /** Just text. */
  PLAIN,
  /** A value position: an expression when it is enclosed. */
  VALUE,
  /** An expression position: an expression with or without enclosure. */
  EXPRESSION,
  /** Must be enclosed. */
  ENCLOSED,
  /** A URI or URI template, or an enclosed expression. */
  URI,
  /** A URI or URI template only. */
  LITERAL_URI,
  /** A JSON pointer, or an enclosed expression. */
  POINTER,
  /** A date and time, or an enclosed expression. */
  DATE_TIME,
  DSL_VERSION,
  VERSION,
  NAME,
  HOST,
  CRON,
  LANGUAGE,
  SCHEMA_FORMAT,
  DIRECTIVE,
  VARIABLE,
  FUNCTION,
  TIMEOUT,
  RETRY,
  ERROR,
  POLICY,
  SECRET
}
