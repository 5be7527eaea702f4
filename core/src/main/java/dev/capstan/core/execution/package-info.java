/** The state of one execution: the fold of its history, and nothing else changes it. */
@NullMarked
package dev.capstan.core.execution;

import org.jspecify.annotations.NullMarked;
