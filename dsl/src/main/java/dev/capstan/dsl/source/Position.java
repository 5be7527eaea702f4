package dev.capstan.dsl.source;

/**
 * A place in a text.
 *
 * @param line from 1; 0 is unknown
 * @param column in characters, from 1; 0 is unknown
 */
public record Position(int line, int column) {
  /** The place of what never was text. */
  public static final Position UNKNOWN = new Position(0, 0);
}
