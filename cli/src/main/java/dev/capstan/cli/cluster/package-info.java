/** Nodes of a cluster as processes of this program: how they join, start, and are reached. */
@NullMarked
package dev.capstan.cli.cluster;

import org.jspecify.annotations.NullMarked;
