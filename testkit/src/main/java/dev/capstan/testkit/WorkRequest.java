package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A task that wants to run on a node.
 *
 * @param kind such as {@code call:http}
 * @param task the task's name
 * @param attempt from 1
 * @param arguments with all expressions evaluated
 * @param idempotencyKey the same for every attempt
 */
public record WorkRequest(
    String kind,
    String task,
    String reference,
    int attempt,
    JsonNode arguments,
    String idempotencyKey) {}
