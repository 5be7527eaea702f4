package dev.capstan.server.grpc;

import dev.capstan.api.v1.RunReply;
import dev.capstan.api.v1.RunRequest;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client's stream of starts; collects replies. */
final class RunClient
    implements ClientResponseObserver<RunRequest, RunReply>, StreamObserver<RunReply> {
  final List<RunReply> replies = Collections.synchronizedList(new ArrayList<>());
  final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
  boolean takesNothing;
  private @Nullable ClientCallStreamObserver<RunRequest> requests;

  ClientCallStreamObserver<RunRequest> requests() {
    return Objects.requireNonNull(requests);
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<RunRequest> stream) {
    requests = stream;
    if (takesNothing) {
      stream.disableAutoRequestWithInitial(0);
    }
  }

  @Override
  public void onNext(RunReply reply) {
    replies.add(reply);
  }

  @Override
  public void onError(Throwable t) {
    done.completeExceptionally(t);
  }

  @Override
  public void onCompleted() {
    done.complete(null);
  }
}
