package dev.capstan.server.work;

import dev.capstan.api.v1.CoordinatorMessage;
import io.grpc.stub.ServerCallStreamObserver;

/** The stream of a session whose worker is in this process: what is sent is received at once. */
final class HostedStream extends ServerCallStreamObserver<CoordinatorMessage> {
  private final HostedWorker worker;

  HostedStream(HostedWorker worker) {
    this.worker = worker;
  }

  @Override
  public void onNext(CoordinatorMessage message) {
    worker.received(this, message);
  }

  @Override
  public void onCompleted() {
    worker.closed(this);
  }

  @Override
  public void onError(Throwable failure) {
    worker.closed(this);
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public boolean isCancelled() {
    return false;
  }

  // A stream within a process has neither flow to control nor anything to compress.

  @Override
  public void setOnCancelHandler(Runnable handler) {}

  @Override
  public void setOnReadyHandler(Runnable handler) {}

  @Override
  public void setCompression(String compression) {}

  @Override
  public void setMessageCompression(boolean enable) {}

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void request(int count) {}
}
