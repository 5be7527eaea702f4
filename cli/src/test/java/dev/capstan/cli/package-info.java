/** The program, run inside the test's process against the real engine. */
@NullMarked
package dev.capstan.cli;

import org.jspecify.annotations.NullMarked;
