/** The fast way in over gRPC: streams of starts. */
@NullMarked
package dev.capstan.server.grpc;

import org.jspecify.annotations.NullMarked;
