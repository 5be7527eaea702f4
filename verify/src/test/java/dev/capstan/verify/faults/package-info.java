/** Faults of real processes, again and again under load, and what must hold all the same. */
@NullMarked
package dev.capstan.verify.faults;

import org.jspecify.annotations.NullMarked;
