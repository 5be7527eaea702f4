package dev.capstan.worker.openapi;

/**
 * One parameter of an operation.
 *
 * @param explode whether each value of an array or object is written by itself
 * @param secret whether its value must not be told
 */
record Parameter(
    String name, Location in, boolean required, Style style, boolean explode, boolean secret) {

  /** Whether both name the same place; names of headers are case-insensitive. */
  boolean samePlace(Parameter other) {
    return in == other.in
        && (in == Location.HEADER ? name.equalsIgnoreCase(other.name) : name.equals(other.name));
  }

  Parameter asSecret() {
    return new Parameter(name, in, required, style, explode, true);
  }

  /** The name and the place, for errors. */
  String shown() {
    return "'" + name + "' (in " + in.word() + ")";
  }
}
