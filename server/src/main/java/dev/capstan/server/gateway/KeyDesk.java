package dev.capstan.server.gateway;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The API keys of a cluster. Safe for any thread. */
public interface KeyDesk {
  /**
   * A key, without its secret.
   *
   * @param principal whom it belongs to
   * @param createdBy who made it
   */
  record KeyView(String id, String principal, KeyRole role, Instant createdAt, String createdBy) {}

  /** A key that was made just now. Its text is not shown again. */
  record IssuedKey(String text, KeyView key) {}

  /**
   * Makes a key; completes when it can be used at this coordinator.
   *
   * @param owner name of whom it belongs to, which the audit shows
   * @throws Refusal {@code INVALID_REQUEST} when that is no name
   */
  CompletableFuture<IssuedKey> issue(Principal principal, String owner, KeyRole role);

  /** All keys, by id. */
  List<KeyView> keys(Principal principal);

  /**
   * Makes a key worth nothing; completes when that is durable.
   *
   * @throws Refusal in the future: {@code NOT_FOUND}, or {@code WRONG_STATE} for the last one of an
   *     administrator
   */
  CompletableFuture<Void> revoke(Principal principal, String id);
}
