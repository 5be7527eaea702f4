/** A coordinator and a worker inside this process, for {@code run} and {@code dev}. */
@NullMarked
package dev.capstan.cli.local;

import org.jspecify.annotations.NullMarked;
