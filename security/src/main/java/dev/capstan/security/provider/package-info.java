/** Who computes: the implementation of ciphers, signatures and key agreement. */
@NullMarked
package dev.capstan.security.provider;

import org.jspecify.annotations.NullMarked;
