/** Calls of agents that speak the Agent2Agent protocol, version 0.3, as JSON-RPC over HTTP. */
@NullMarked
package dev.capstan.worker.a2a;

import org.jspecify.annotations.NullMarked;
