package dev.capstan.server.agreement;

import org.jspecify.annotations.Nullable;

/**
 * What a replica says it has.
 *
 * @param replica the coordinator that holds it
 * @param latest its state now; null if it does not answer
 * @param asked its digest at the index that was asked for; null if it is not there yet, does not
 *     remember, or does not answer
 */
public record ReplicaState(String replica, @Nullable StateDigest latest, @Nullable Long asked) {}
