/**
 * What coordinators tell each other for their partitions: messages of executions for executions,
 * and how far a partition's log had come. Waits in no thread, and asks for the time through {@code
 * env} alone, so that a simulation runs it as it is.
 */
@NullMarked
package dev.capstan.server.post;

import org.jspecify.annotations.NullMarked;
