/** Tests of the filter for serialization. */
@NullMarked
package dev.capstan.security.serial;

import org.jspecify.annotations.NullMarked;
