package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * Which human tasks a list shows; null members match all.
 *
 * @param candidate a user or group that may take them
 * @param workflow name or namespace/name
 */
public record HumanTaskFilter(
    @Nullable String assignee, @Nullable String candidate, @Nullable String workflow) {
  /** Matches all. */
  public static final HumanTaskFilter ALL = new HumanTaskFilter(null, null, null);
}
