/** Who a node is, as certificates say it. */
@NullMarked
package dev.capstan.security.identity;

import org.jspecify.annotations.NullMarked;
