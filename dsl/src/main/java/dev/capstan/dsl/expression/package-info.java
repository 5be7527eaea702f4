/** Runtime expressions of the DSL: where text becomes a value. */
@NullMarked
package dev.capstan.dsl.expression;

import org.jspecify.annotations.NullMarked;
