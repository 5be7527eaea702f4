/** Tests of keys, certificates and authorities. */
@NullMarked
package dev.capstan.security.pki;

import org.jspecify.annotations.NullMarked;
