/** What a diagram shows of a definition, and how it is written. */
@NullMarked
package dev.capstan.cli.graph;

import org.jspecify.annotations.NullMarked;
