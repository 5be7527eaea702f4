/**
 * The events of an execution: what happened, as immutable values. Once released, an event never
 * changes its meaning.
 */
@NullMarked
package dev.capstan.core.history;

import org.jspecify.annotations.NullMarked;
