/**
 * Numbers about the running server: every metric is named and explained in one catalogue, and read
 * when somebody asks.
 */
@NullMarked
package dev.capstan.server.metrics;

import org.jspecify.annotations.NullMarked;
