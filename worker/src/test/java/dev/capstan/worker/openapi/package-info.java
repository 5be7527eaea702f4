/** The parts of OpenAPI calls that need no server to be tried. */
@NullMarked
package dev.capstan.worker.openapi;

import org.jspecify.annotations.NullMarked;
