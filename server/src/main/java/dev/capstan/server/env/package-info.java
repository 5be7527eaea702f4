/**
 * What the server takes from outside: time, chance and the data directory, with the refusals and
 * failures they cause.
 */
@NullMarked
package dev.capstan.server.env;

import org.jspecify.annotations.NullMarked;
