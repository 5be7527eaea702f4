package dev.capstan.verify.simulation;

import dev.capstan.api.v1.CoordinatorMessage;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/** A stream to a worker on which all that is said is looked at. */
final class CheckedStream extends ServerCallStreamObserver<CoordinatorMessage> {
  private final ServerCallStreamObserver<CoordinatorMessage> stream;
  private final Consumer<CoordinatorMessage> said;

  CheckedStream(StreamObserver<CoordinatorMessage> stream, Consumer<CoordinatorMessage> said) {
    this.stream = (ServerCallStreamObserver<CoordinatorMessage>) stream;
    this.said = said;
  }

  @Override
  public void onNext(CoordinatorMessage message) {
    said.accept(message);
    stream.onNext(message);
  }

  @Override
  public void onCompleted() {
    stream.onCompleted();
  }

  @Override
  public void onError(Throwable error) {
    stream.onError(error);
  }

  @Override
  public boolean isCancelled() {
    return stream.isCancelled();
  }

  @Override
  public boolean isReady() {
    return stream.isReady();
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {
    stream.setOnReadyHandler(handler);
  }

  @Override
  public void setOnCancelHandler(Runnable handler) {
    stream.setOnCancelHandler(handler);
  }

  @Override
  public void setCompression(String compression) {
    stream.setCompression(compression);
  }

  @Override
  public void setMessageCompression(boolean enable) {
    stream.setMessageCompression(enable);
  }

  @Override
  public void disableAutoInboundFlowControl() {
    stream.disableAutoInboundFlowControl();
  }

  @Override
  public void request(int count) {
    stream.request(count);
  }
}
