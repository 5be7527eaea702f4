package dev.capstan.core.execution;

import dev.capstan.core.history.WorkflowError;

/**
 * A task that could not be undone.
 *
 * @param reference its JSON pointer
 * @param error of its compensation
 * @param cause because of which it was to be undone
 */
public record FailedCompensation(String reference, WorkflowError error, WorkflowError cause) {}
