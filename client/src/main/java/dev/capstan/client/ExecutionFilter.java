package dev.capstan.client;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which executions a list shows; null members match all.
 *
 * @param workflow name or namespace/name
 */
public record ExecutionFilter(
    @Nullable String status,
    @Nullable String workflow,
    Map<String, String> labels,
    @Nullable Instant startedBefore) {
  /** All executions. */
  public static final ExecutionFilter ALL = new ExecutionFilter(null, null, Map.of(), null);
}
