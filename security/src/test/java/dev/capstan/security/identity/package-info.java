/** Tests of who a node is. */
@NullMarked
package dev.capstan.security.identity;

import org.jspecify.annotations.NullMarked;
