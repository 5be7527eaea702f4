/** Which node a task goes to, and why a task waits: a function of a snapshot of the nodes. */
@NullMarked
package dev.capstan.core.placement;

import org.jspecify.annotations.NullMarked;
