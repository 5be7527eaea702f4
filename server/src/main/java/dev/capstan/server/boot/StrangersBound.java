package dev.capstan.server.boot;

import dev.capstan.api.v1.MembershipGrpc;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Bounds what may be sent to methods that are open before anybody has proven who he is. The limit
 * of gRPC holds for a whole server; here it is counted while the message comes in, and its stream
 * is reset beyond it, before more is kept.
 */
final class StrangersBound extends ServerStreamTracer.Factory {
  /** A request to join has two certificate requests of at most 8 KiB, and names. */
  static final int LARGEST_BYTES = 64 << 10;

  private static final Set<String> OPEN =
      Set.of(
          MembershipGrpc.getJoinMethod().getFullMethodName(),
          MembershipGrpc.getRenewMethod().getFullMethodName());

  /** Held, since loggers that nobody holds forget their level. */
  private static final Logger BROKEN_STREAMS = Logger.getLogger("io.grpc.netty.NettyServerStream");

  static {
    // It tells of each message that is too large with a stack trace, and strangers could send many.
    BROKEN_STREAMS.setLevel(Level.SEVERE);
  }

  private static final ServerStreamTracer UNBOUND = new ServerStreamTracer() {};

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    return OPEN.contains(method) ? new Bound() : UNBOUND;
  }

  private static final class Bound extends ServerStreamTracer {
    private long received;

    @Override
    public void inboundWireSize(long bytes) {
      received += bytes;
      if (received > LARGEST_BYTES) {
        throw Status.RESOURCE_EXHAUSTED
            .withDescription("at most " + LARGEST_BYTES + " bytes")
            .asRuntimeException();
      }
    }
  }
}
