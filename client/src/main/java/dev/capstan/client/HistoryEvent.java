package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened in an execution; what does not apply is null.
 *
 * @param index its place in the history, without gaps
 * @param type such as {@code execution.started} or {@code task.completed}
 * @param task name of the task
 * @param reference JSON pointer of the task in the definition
 * @param taskId names the task's run in the whole cluster
 * @param run number of the task's run within the execution
 * @param parent run that this one is part of
 * @param dueAt when it goes on by itself
 * @param by who asked for it
 */
public record HistoryEvent(
    long index,
    Instant time,
    String type,
    @Nullable String task,
    @Nullable String reference,
    @Nullable String taskId,
    @Nullable Long run,
    @Nullable Long parent,
    @Nullable Integer iteration,
    @Nullable Integer attempt,
    @Nullable String node,
    @Nullable JsonNode input,
    @Nullable JsonNode output,
    @Nullable ErrorObject error,
    @Nullable Instant dueAt,
    @Nullable String reason,
    @Nullable String by) {}
