/**
 * The Java client: every operation of a coordinator's HTTP API as a method, histories as they
 * happen, and a fast stream for many starts. The facade {@code DistributedEngine} (nodes, tasks,
 * read barriers, consensus) has its place in this package.
 */
@NullMarked
package dev.capstan.client;

import org.jspecify.annotations.NullMarked;
