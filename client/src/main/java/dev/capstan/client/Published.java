package dev.capstan.client;

/**
 * What came of cloud events that were published.
 *
 * @param events how many were taken
 * @param executions how many executions took one or were started by one
 */
public record Published(int events, int executions) {}
