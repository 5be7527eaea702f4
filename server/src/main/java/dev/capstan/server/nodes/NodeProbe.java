package dev.capstan.server.nodes;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a probe of a node has found.
 *
 * @param node as it is known after the probe
 * @param round how long its answer took; null without one
 * @param silent since it was heard last; null if it has no session
 * @param lostAfter of silence it counts as lost
 */
public record NodeProbe(
    KnownNode node, @Nullable Duration round, @Nullable Duration silent, Duration lostAfter) {}
