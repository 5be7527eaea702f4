/** Text to definition: parse, validate, diagnostics with line and column, expressions. */
@NullMarked
package dev.capstan.dsl;

import org.jspecify.annotations.NullMarked;
