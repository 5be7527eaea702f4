/**
 * The {@code capstan} program: its commands, and how each reads its arguments and shows its
 * results.
 */
@NullMarked
package dev.capstan.cli;

import org.jspecify.annotations.NullMarked;
