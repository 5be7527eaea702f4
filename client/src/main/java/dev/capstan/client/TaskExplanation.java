package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a task is where it is, or why it waits.
 *
 * @param id names the task's run in the whole cluster, such as {@code order-17:4}
 * @param reference JSON pointer of the task in the definition
 * @param status one of the specification's words, such as {@code pending}
 * @param attempt that it is at; 0 before the first
 * @param node that has it, or had it last
 * @param since when this is so
 * @param reason one sentence without a stop
 * @param wants {@code metadata.capstan} of the task
 */
public record TaskExplanation(
    String id,
    String execution,
    String name,
    String reference,
    String status,
    int attempt,
    @Nullable String node,
    Instant since,
    String reason,
    @Nullable JsonNode wants) {}
