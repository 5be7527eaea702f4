/** A definition as a diagram: a graph of its tasks, and what draws it. */
@NullMarked
package dev.capstan.cli.graph;

import org.jspecify.annotations.NullMarked;
