/**
 * HTTP: every operation of the API described once, served from the gateway, guarded against hostile
 * and slow clients.
 */
@NullMarked
package dev.capstan.server.http;

import org.jspecify.annotations.NullMarked;
