/** TLS 1.3 between nodes: what is shown, who is let in, and why not. */
@NullMarked
package dev.capstan.security.tls;

import org.jspecify.annotations.NullMarked;
