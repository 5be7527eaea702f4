/** Worker nodes: their sessions, their slots, and the way of attempts to them and back. */
@NullMarked
package dev.capstan.server.nodes;

import org.jspecify.annotations.NullMarked;
