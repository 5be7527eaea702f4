/** Keys, certificates and the authorities that sign them. */
@NullMarked
package dev.capstan.security.pki;

import org.jspecify.annotations.NullMarked;
