package dev.capstan.client;

import java.time.Instant;

/**
 * An API key that was made just now.
 *
 * @param key its text, secret included; not shown again
 * @param principal whom it belongs to
 * @param role administrator or worker
 */
public record NewApiKey(String key, String id, String principal, String role, Instant createdAt) {
  /** Without the secret. */
  @Override
  public String toString() {
    return "NewApiKey[" + id + ", " + principal + ", " + role + "]";
  }
}
