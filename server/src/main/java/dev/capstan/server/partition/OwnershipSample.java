package dev.capstan.server.partition;

import dev.capstan.core.execution.Execution;
import org.jspecify.annotations.Nullable;

/**
 * An execution to be checked.
 *
 * @param state as its history has it; null leaves it to what is in memory
 */
public record OwnershipSample(String id, @Nullable Execution state) {}
