/**
 * What stands behind the gateway: requests are checked here and handed on, and what is shown is put
 * together.
 */
@NullMarked
package dev.capstan.server.engine;

import org.jspecify.annotations.NullMarked;
