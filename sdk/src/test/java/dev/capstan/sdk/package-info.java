/** Tests of what is refused before anything is connected. */
@NullMarked
package dev.capstan.sdk;

import org.jspecify.annotations.NullMarked;
