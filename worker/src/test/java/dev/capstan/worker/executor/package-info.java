/** What executors are told and tell, as far as it needs no attempt. */
@NullMarked
package dev.capstan.worker.executor;

import org.jspecify.annotations.NullMarked;
