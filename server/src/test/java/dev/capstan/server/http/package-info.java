/** Tests of HTTP against a running listener. */
@NullMarked
package dev.capstan.server.http;

import org.jspecify.annotations.NullMarked;
