/**
 * How a node finds the coordinators of its cluster: by name in its configuration, by DNS, or by
 * asking the local network. What is found is a hint: who is really there, a handshake decides.
 */
@NullMarked
package dev.capstan.node.discovery;

import org.jspecify.annotations.NullMarked;
