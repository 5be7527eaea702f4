/**
 * Programs run for workflows: shell commands and scripts, their output, and the end of all their
 * processes.
 */
@NullMarked
package dev.capstan.worker.process;

import org.jspecify.annotations.NullMarked;
