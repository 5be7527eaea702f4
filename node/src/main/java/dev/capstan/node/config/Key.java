package dev.capstan.node.config;

import java.util.Optional;

/**
 * One key of the file.
 *
 * @param preset the value when the file does not give one; empty when there is none
 * @param shown the preset as the reference prints it
 * @param meaning one or two sentences for the reference
 */
record Key<T>(
    String section, String name, Form<T> form, Optional<T> preset, String shown, String meaning) {

  /** The JSON pointer of the key in a file. */
  String pointer() {
    return "/" + Keys.ROOT + "/" + section + "/" + name;
  }

  /** The name in messages. */
  String path() {
    return section + "." + name;
  }
}
