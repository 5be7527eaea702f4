package dev.capstan.client;

import org.jspecify.annotations.Nullable;

/**
 * One finding about a document that was sent.
 *
 * @param pointer JSON pointer of the value that it is about
 * @param line from 1; null when unknown
 * @param column from 1; null when unknown
 * @param hint what to do
 */
public record Finding(
    @Nullable String code,
    @Nullable String pointer,
    @Nullable Integer line,
    @Nullable Integer column,
    String detail,
    @Nullable String hint) {}
