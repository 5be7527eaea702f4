package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * What a probe of a node has found.
 *
 * @param node its name
 * @param status joining, active, suspect, draining, lost or left
 * @param answers whether it answered the probe
 * @param roundMicros how long the answer took; null without one
 * @param silentMillis since it was heard last, the answer included; null if it has no session
 * @param lostAfterMillis of silence it counts as lost and its tasks run elsewhere
 * @param running attempts that it has
 */
public record FailureDetection(
    String node,
    String status,
    boolean answers,
    @Nullable Long roundMicros,
    @Nullable Long silentMillis,
    long lostAfterMillis,
    int running) {}
