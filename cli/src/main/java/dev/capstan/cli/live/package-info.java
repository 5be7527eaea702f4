/**
 * An execution as it happens: folded from its history into a tree, and drawn or told line by line.
 */
@NullMarked
package dev.capstan.cli.live;

import org.jspecify.annotations.NullMarked;
