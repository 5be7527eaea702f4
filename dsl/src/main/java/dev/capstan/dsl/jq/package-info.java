/**
 * The jq 1.7 language for expressions of definitions, with hard limits on steps, time, memory and
 * recursion.
 */
@NullMarked
package dev.capstan.dsl.jq;

import org.jspecify.annotations.NullMarked;
