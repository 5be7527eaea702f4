/** A checked definition as JSON becomes the model that the engine runs. */
@NullMarked
package dev.capstan.dsl.compile;

import org.jspecify.annotations.NullMarked;
