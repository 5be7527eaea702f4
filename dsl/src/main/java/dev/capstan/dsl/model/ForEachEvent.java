package dev.capstan.dsl.model;

import org.jspecify.annotations.Nullable;

/**
 * What is done with each event of a {@code listen}, or each message of a subscription, one at a
 * time in order.
 */
public record ForEachEvent(
    String item, String at, @Nullable TaskList body, Output output, Export export) {}
