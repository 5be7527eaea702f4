/** Whole coordinators with real workers, in one process. */
@NullMarked
package dev.capstan.verify.server;

import org.jspecify.annotations.NullMarked;
