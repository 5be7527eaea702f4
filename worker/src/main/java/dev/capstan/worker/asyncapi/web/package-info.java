/** Messages over HTTP and WebSockets. */
@NullMarked
package dev.capstan.worker.asyncapi.web;

import org.jspecify.annotations.NullMarked;
