package dev.capstan.client;

import java.time.Instant;

/**
 * What lets one machine join a cluster, once.
 *
 * @param token its text, secret included; not shown again
 * @param id names it in the audit
 * @param role coordinator or worker
 * @param expiresAt from then on it is worth nothing
 */
public record JoinToken(String token, String id, String role, Instant expiresAt) {
  /** Without the secret. */
  @Override
  public String toString() {
    return "JoinToken[" + id + ", " + role + ", until " + expiresAt + "]";
  }
}
