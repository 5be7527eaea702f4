package dev.capstan.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a task is.
 *
 * @param execution id of the execution that runs it; follow that for the result
 * @param task its name; null with the rest while it waits for a node
 * @param node name of the node that has it
 * @param at when the node got it
 */
public record TaskDispatch(
    String execution,
    @Nullable String task,
    @Nullable String node,
    @Nullable Integer attempt,
    @Nullable Instant at) {}
