/**
 * What a node takes from outside: time, chance and the data directory, with the refusals and
 * failures they cause.
 */
@NullMarked
package dev.capstan.node.env;

import org.jspecify.annotations.NullMarked;
