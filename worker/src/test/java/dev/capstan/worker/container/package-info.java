@NullMarked
package dev.capstan.worker.container;

import org.jspecify.annotations.NullMarked;
