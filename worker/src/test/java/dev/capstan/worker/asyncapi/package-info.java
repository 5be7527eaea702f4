/** The parts of AsyncAPI calls that need no server to be tried. */
@NullMarked
package dev.capstan.worker.asyncapi;

import org.jspecify.annotations.NullMarked;
