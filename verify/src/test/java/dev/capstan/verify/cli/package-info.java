/** The program as people and scripts use it: real processes, their words and their exit codes. */
@NullMarked
package dev.capstan.verify.cli;

import org.jspecify.annotations.NullMarked;
