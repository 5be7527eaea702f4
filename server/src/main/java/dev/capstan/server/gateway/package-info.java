/**
 * The only door to the engine: every request, from whatever protocol, comes through here with a
 * principal.
 */
@NullMarked
package dev.capstan.server.gateway;

import org.jspecify.annotations.NullMarked;
