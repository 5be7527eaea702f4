/** Several coordinators, and workers that follow whichever of them leads. */
@NullMarked
package dev.capstan.verify.cluster;

import org.jspecify.annotations.NullMarked;
