/** A gateway without an engine, for tests of what stands before it. */
@NullMarked
package dev.capstan.server.gateway;

import org.jspecify.annotations.NullMarked;
