/**
 * The rules of partitions, on one thread with a clock, a log and nodes that do as they are told.
 */
@NullMarked
package dev.capstan.server.partition;

import org.jspecify.annotations.NullMarked;
