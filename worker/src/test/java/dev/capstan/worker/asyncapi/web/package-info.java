/** Messages over HTTP and WebSockets, beyond what the tasks show that send and receive them. */
@NullMarked
package dev.capstan.worker.asyncapi.web;

import org.jspecify.annotations.NullMarked;
