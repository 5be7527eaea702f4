/** Calls of MCP servers (Model Context Protocol), over HTTP and as programs of this node. */
@NullMarked
package dev.capstan.worker.mcp;

import org.jspecify.annotations.NullMarked;
