/** HTTP calls of workflows, and resources fetched over HTTP. */
@NullMarked
package dev.capstan.worker.http;

import org.jspecify.annotations.NullMarked;
