package dev.capstan.dsl.model;

/** The longest something may take, retries and waits inside it included. */
public record Timeout(Span after) {}
