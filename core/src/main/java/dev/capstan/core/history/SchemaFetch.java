package dev.capstan.core.history;

/**
 * Which schema of a task stands elsewhere, and where.
 *
 * @param reference its endpoint's JSON pointer in the definition
 * @param resource a digest of the endpoint's URI
 */
public record SchemaFetch(String reference, String resource) {}
