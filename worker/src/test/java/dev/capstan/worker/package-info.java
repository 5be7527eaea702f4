/** A worker against a coordinator written by hand, with real programs and a real HTTP server. */
@NullMarked
package dev.capstan.worker;

import org.jspecify.annotations.NullMarked;
