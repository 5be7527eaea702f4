/**
 * What a coordinator is told when it starts: checked values with units, and the limits that
 * everything keeps.
 */
@NullMarked
package dev.capstan.server.config;

import org.jspecify.annotations.NullMarked;
