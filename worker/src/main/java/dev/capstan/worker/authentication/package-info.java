/** How calls prove who sends them: the authentication policies of the specification. */
@NullMarked
package dev.capstan.worker.authentication;

import org.jspecify.annotations.NullMarked;
