package dev.capstan.verify.simulation;

import dev.capstan.api.v1.WorkerMessage;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/** A stream from a worker on which all that is heard is looked at. */
record HeardStream(StreamObserver<WorkerMessage> stream, Consumer<WorkerMessage> heard)
    implements StreamObserver<WorkerMessage> {
  @Override
  public void onNext(WorkerMessage message) {
    heard.accept(message);
    stream.onNext(message);
  }

  @Override
  public void onError(Throwable error) {
    stream.onError(error);
  }

  @Override
  public void onCompleted() {
    stream.onCompleted();
  }
}
