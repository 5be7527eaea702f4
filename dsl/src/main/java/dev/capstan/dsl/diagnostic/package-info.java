/** What is wrong with a definition, where, and what to do about it. */
@NullMarked
package dev.capstan.dsl.diagnostic;

import org.jspecify.annotations.NullMarked;
