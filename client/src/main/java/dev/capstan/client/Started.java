package dev.capstan.client;

/**
 * The answer to a start.
 *
 * @param replayed whether it had been started before, by an equal request with the same id or key
 */
public record Started(Execution execution, boolean replayed) {}
