package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * What came of an update.
 *
 * @param task id of the task that took it
 * @param answered whether the answer was there in time
 * @param answer null while there is none
 * @param replayed whether it had been taken before, under the same key
 */
public record Update(
    String execution,
    String name,
    String task,
    boolean answered,
    @Nullable JsonNode answer,
    boolean replayed) {}
