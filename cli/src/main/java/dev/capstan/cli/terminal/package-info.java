/**
 * What the program and a person or a script say to each other: streams, colours, tables, times,
 * failures, exit codes.
 */
@NullMarked
package dev.capstan.cli.terminal;

import org.jspecify.annotations.NullMarked;
