package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * How far a running task says it is.
 *
 * @param fraction from 0 to 1; null when unknown
 */
public record TaskProgress(long run, @Nullable Double fraction, String message) {}
