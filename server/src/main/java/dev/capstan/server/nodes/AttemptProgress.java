package dev.capstan.server.nodes;

/** How far an attempt says it is. {@code fraction} is from 0 to 1, negative when unknown. */
public record AttemptProgress(double fraction, String message) {}
