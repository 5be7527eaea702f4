/** Proofs and tokens, computed and kept: without a network. */
@NullMarked
package dev.capstan.worker.authentication;

import org.jspecify.annotations.NullMarked;
