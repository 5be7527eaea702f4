/** Calls of operations that a Swagger 2.0 or OpenAPI 3 document describes. */
@NullMarked
package dev.capstan.worker.openapi;

import org.jspecify.annotations.NullMarked;
