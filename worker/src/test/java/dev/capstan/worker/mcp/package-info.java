/** The parts of MCP calls that need no server to be tried. */
@NullMarked
package dev.capstan.worker.mcp;

import org.jspecify.annotations.NullMarked;
