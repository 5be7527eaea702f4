/** Tests of join tokens and API keys. */
@NullMarked
package dev.capstan.security.token;

import org.jspecify.annotations.NullMarked;
