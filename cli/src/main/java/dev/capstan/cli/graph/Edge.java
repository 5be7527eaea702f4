package dev.capstan.cli.graph;

/**
 * A way from one node to another.
 *
 * @param label when it is taken; empty when always
 * @param dashed whether it is not the usual way: an error, a retry, a task that is skipped
 */
record Edge(String from, String to, String label, boolean dashed) {}
