/**
 * Life-cycle events of executions and tasks (specification: Lifecycle Events): derived from what is
 * committed, for streams and for a sink, each at its own pace.
 */
@NullMarked
package dev.capstan.server.lifecycle;

import org.jspecify.annotations.NullMarked;
