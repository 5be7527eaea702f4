package dev.capstan.node.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * One value of the file, to report on.
 *
 * @param pointer JSON pointer of the value
 * @param name what messages call it, with quotes
 */
record Spot(Faults faults, String pointer, String name) {

  Spot item(int index) {
    return new Spot(faults, pointer + "/" + index, "item " + (index + 1) + " of " + name);
  }

  Spot member(String key) {
    String step = key.replace("~", "~0").replace("/", "~1");
    return new Spot(faults, pointer + "/" + step, Faults.quoted(key) + " of " + name);
  }

  /** Reports the value; {@code rule} goes on after the name. */
  <T> Optional<T> wrong(String rule, JsonNode value, String allowed) {
    String is = rule.startsWith("must") ? ", but is " : ": ";
    faults.value(pointer, name + " " + rule + is + Faults.shown(value), "allowed: " + allowed);
    return Optional.empty();
  }

  /** Reports the key of the value. */
  void wrongKey(String what, String allowed) {
    faults.valueAtKey(pointer, name + " " + what, "allowed: " + allowed);
  }

  /** Reports the number of values. */
  <T> Optional<T> tooMany(int count, String allowed) {
    faults.value(pointer, name + " has " + count + " entries", "allowed: " + allowed);
    return Optional.empty();
  }
}
