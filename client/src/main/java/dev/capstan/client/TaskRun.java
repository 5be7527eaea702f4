package dev.capstan.client;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A run of a task that is alive.
 *
 * @param id names the run in the whole cluster
 * @param run number of the run within its execution
 * @param parent run that it is part of
 * @param reference JSON pointer of the task in the definition
 * @param status one of the specification's words, such as {@code running}
 * @param dueAt when it goes on by itself
 * @param reason why it does not run
 * @param progress from 0 to 1, as the task says
 */
public record TaskRun(
    String id,
    long run,
    long parent,
    String name,
    String reference,
    int iteration,
    String status,
    int attempt,
    @Nullable String node,
    @Nullable Instant startedAt,
    @Nullable Instant dueAt,
    @Nullable String reason,
    @Nullable Double progress,
    @Nullable String progressMessage) {}
