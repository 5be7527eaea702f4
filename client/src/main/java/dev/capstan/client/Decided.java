package dev.capstan.client;

/**
 * A decision that was taken.
 *
 * @param id of the human task
 * @param replayed whether it had been taken before, under the same key
 */
public record Decided(String id, boolean replayed) {}
