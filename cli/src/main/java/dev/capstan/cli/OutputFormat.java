package dev.capstan.cli;

/** How a command shows its data; the names are the words of {@code --output}. */
enum OutputFormat {
  /** For people. */
  text,
  /** For programs: one JSON value. */
  json
}
