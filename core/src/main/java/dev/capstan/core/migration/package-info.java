/**
 * Whether a running execution can go on with another definition of its workflow, and what would
 * change.
 */
@NullMarked
package dev.capstan.core.migration;

import org.jspecify.annotations.NullMarked;
