/**
 * Whether the coordinators' clocks agree. They tell each other what their clocks say; one that a
 * majority differs from goes by the majority's time and leaves leading to others.
 */
@NullMarked
package dev.capstan.server.clocks;

import org.jspecify.annotations.NullMarked;
