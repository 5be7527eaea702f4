package dev.capstan.dsl.model;

/**
 * What {@code metadata.capstan.parallel} says of a loop. The engine's own, not the specification's.
 *
 * @param width how many iterations run at a time at most, from 1 to 1000
 * @param collects whether an error ends its iteration only, and stands in the output of the loop;
 *     otherwise it faults the loop
 */
public record Parallel(int width, boolean collects) {}
