/** Tests of what is in the package of the same name. */
@NullMarked
package dev.capstan.worker.grpc;

import org.jspecify.annotations.NullMarked;
