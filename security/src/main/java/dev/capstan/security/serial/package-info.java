/** Java's own serialization, switched off. */
@NullMarked
package dev.capstan.security.serial;

import org.jspecify.annotations.NullMarked;
