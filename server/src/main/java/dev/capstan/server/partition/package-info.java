/** The loop that owns executions: decides ahead of the disk, promises after commit. */
@NullMarked
package dev.capstan.server.partition;

import org.jspecify.annotations.NullMarked;
