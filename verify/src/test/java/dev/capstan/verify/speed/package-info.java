/** Measurements beside the specification's Java SDK; compiled with {@code -Psdk} only. */
@NullMarked
package dev.capstan.verify.speed;

import org.jspecify.annotations.NullMarked;
