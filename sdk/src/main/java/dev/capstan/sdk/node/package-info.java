/** A worker as a node of a cluster: how it joins, finds coordinators and stays among them. */
@NullMarked
package dev.capstan.sdk.node;

import org.jspecify.annotations.NullMarked;
