package dev.capstan.dsl.model;

import org.jspecify.annotations.Nullable;

/** When executions of a definition start by themselves: exactly one member is set. */
public record Schedule(
    @Nullable Span every,
    @Nullable Cron cron,
    @Nullable Span after,
    @Nullable EventStrategy on,
    ReadMode read) {}
