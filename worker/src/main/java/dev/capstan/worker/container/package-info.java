/** Containers run for workflows, by the engine of this node (Docker, Podman). */
@NullMarked
package dev.capstan.worker.container;

import org.jspecify.annotations.NullMarked;
