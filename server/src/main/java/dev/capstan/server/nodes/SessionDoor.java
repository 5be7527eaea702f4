package dev.capstan.server.nodes;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.api.v1.WorkerSessionsGrpc;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the streams of workers to the sessions of the partition that they are for. */
public final class SessionDoor implements BindableService {
  private static final Metadata.Key<String> PARTITION =
      Metadata.Key.of("capstan-partition", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<Integer> ASKED = Context.key("capstan-partition");
  private static final int UNKNOWN = -1;

  private final List<WorkerSessionService> partitions;

  /** A door to the sessions of all partitions, in order. */
  public SessionDoor(List<WorkerSessionService> partitions) {
    this.partitions = List.copyOf(partitions);
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerInterceptors.intercept(new Streams(), new Header());
  }

  private final class Streams extends WorkerSessionsGrpc.WorkerSessionsImplBase {
    @Override
    public StreamObserver<WorkerMessage> session(StreamObserver<CoordinatorMessage> responses) {
      int partition = ASKED.get();
      return partitions.get(partition).session(responses);
    }
  }

  private final class Header implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      int partition = partition(headers.get(PARTITION));
      if (partition == UNKNOWN) {
        call.close(
            Status.NOT_FOUND.withDescription(
                "This cluster has the partitions 0 to " + (partitions.size() - 1)),
            new Metadata());
        return new ServerCall.Listener<>() {};
      }
      return Contexts.interceptCall(
          Context.current().withValue(ASKED, partition), call, headers, next);
    }
  }

  private int partition(@Nullable String header) {
    if (header == null) {
      return 0;
    }
    try {
      int partition = Integer.parseInt(header);
      return partition >= 0 && partition < partitions.size() ? partition : UNKNOWN;
    } catch (NumberFormatException e) {
      return UNKNOWN;
    }
  }
}
