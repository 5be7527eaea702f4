package dev.capstan.worker.authentication;

import org.jspecify.annotations.Nullable;

/**
 * A token that says on whose behalf, or by whom, a token is asked for.
 *
 * @param type a URI of RFC 8693, section 3
 */
record SecurityToken(String token, String type) {

  static @Nullable SecurityToken of(Fields fields) {
    return fields.isMissing() ? null : new SecurityToken(fields.text("token"), fields.text("type"));
  }

  @Override
  public String toString() {
    return "a token of type " + type;
  }
}
