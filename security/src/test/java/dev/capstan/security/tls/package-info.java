/** Tests of TLS between real sockets. */
@NullMarked
package dev.capstan.security.tls;

import org.jspecify.annotations.NullMarked;
