/** The state of one partition on disk, changed only by committed batches. */
@NullMarked
package dev.capstan.server.store;

import org.jspecify.annotations.NullMarked;
