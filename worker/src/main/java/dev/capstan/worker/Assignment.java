package dev.capstan.worker;

import com.google.protobuf.ByteString;
import dev.capstan.worker.executor.Token;
import dev.capstan.worker.executor.Workflow;

/**
 * A dispatched attempt, as it came from the coordinator.
 *
 * @param arguments JSON, not yet parsed: a broken text is the fault of the attempt and not of the
 *     session
 * @param deadlineMillis since 1970; 0 means none
 * @param once the task faults when it is handed back after it has begun
 */
record Assignment(
    Token token,
    String kind,
    String taskName,
    String reference,
    Workflow workflow,
    ByteString arguments,
    String idempotencyKey,
    long deadlineMillis,
    boolean once) {}
