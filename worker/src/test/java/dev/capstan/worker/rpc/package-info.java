/** The parts of JSON-RPC over HTTP that need no server to be tried. */
@NullMarked
package dev.capstan.worker.rpc;

import org.jspecify.annotations.NullMarked;
