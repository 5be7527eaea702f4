/** Calls of gRPC services, which {@code .proto} files describe. */
@NullMarked
package dev.capstan.worker.grpc;

import org.jspecify.annotations.NullMarked;
