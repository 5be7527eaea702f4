package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * Which life-cycle events to follow.
 *
 * @param namespace null for all
 * @param workflow name of a workflow; null for all
 * @param statusChanged whether the optional status-changed events are told too
 */
public record LifecycleFilter(
    @Nullable String namespace, @Nullable String workflow, boolean statusChanged) {
  /** Everything but the optional events. */
  public static final LifecycleFilter ALL = new LifecycleFilter(null, null, false);
}
