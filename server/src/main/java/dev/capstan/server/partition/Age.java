package dev.capstan.server.partition;

/**
 * A task's place in the order of waiting. It keeps it when an attempt comes back.
 *
 * @param number smaller came first; no two tasks of a partition have the same
 * @param millis when it was first queued
 */
record Age(long number, long millis) {}
