/** Measures of the load generator. */
@NullMarked
package dev.capstan.cli.bench;

import org.jspecify.annotations.NullMarked;
