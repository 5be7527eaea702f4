/** Words, tables and times. */
@NullMarked
package dev.capstan.cli.terminal;

import org.jspecify.annotations.NullMarked;
