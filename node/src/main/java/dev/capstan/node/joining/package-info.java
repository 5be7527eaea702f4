/**
 * How a machine becomes a node of a cluster and stays one: its home with key and certificate, the
 * request to be let in with a join token, and the renewal of what it was given.
 */
@NullMarked
package dev.capstan.node.joining;

import org.jspecify.annotations.NullMarked;
