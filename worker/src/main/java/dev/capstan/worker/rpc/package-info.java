/** JSON-RPC 2.0, and the events in which servers answer it over HTTP. */
@NullMarked
package dev.capstan.worker.rpc;

import org.jspecify.annotations.NullMarked;
