package dev.capstan.worker.authentication;

import org.jspecify.annotations.Nullable;

/**
 * A token that resources take.
 *
 * @param life how long it may be used, in nanoseconds
 * @param refreshToken what the next one is asked for with, if the authority says so
 */
record AccessToken(String value, long life, @Nullable String refreshToken) {

  String authorization() {
    return "Bearer " + value;
  }

  @Override
  public String toString() {
    return "an access token";
  }
}
