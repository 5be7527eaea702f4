/** A workflow definition as immutable values, compiled once from text. */
@NullMarked
package dev.capstan.dsl.model;

import org.jspecify.annotations.NullMarked;
