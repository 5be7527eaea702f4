package dev.capstan.client;

import java.time.Instant;

/**
 * An API key of a cluster, without its secret.
 *
 * @param principal whom it belongs to
 * @param role administrator or worker
 * @param createdBy who made it
 */
public record ApiKey(
    String id, String principal, String role, Instant createdAt, String createdBy) {}
