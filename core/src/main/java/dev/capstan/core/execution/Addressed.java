package dev.capstan.core.execution;

import java.time.Instant;

/**
 * A cloud event that was made for one task: the decision of a human task, or an update.
 *
 * @param task the run that took it
 * @param index of the event of the history with which it was taken
 * @param ahead how many events of the run were to be handled before it
 * @param by the principal that sent it
 * @param at when it was taken
 */
public record Addressed(long task, long index, int ahead, String by, Instant at) {}
