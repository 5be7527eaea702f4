/**
 * What a node is told when it starts: checked values with units, and the limits that everything
 * keeps.
 */
@NullMarked
package dev.capstan.node.config;

import org.jspecify.annotations.NullMarked;
