package dev.capstan.server.membership;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * A gRPC call that can be ended from outside. Its method sees a call that was cancelled: it hears
 * nothing more, and what it still says goes nowhere.
 *
 * <p>Any thread may end it. The lock keeps that apart from what the method sends, since a call
 * takes one thing at a time.
 */
final class EndableCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
  private boolean closed;
  private volatile boolean ended;

  EndableCall(ServerCall<Q, A> call) {
    super(call);
  }

  /** Ends it with a status, unless it is closed already. */
  synchronized void end(Status status) {
    if (!closed) {
      closed = true;
      ended = true;
      delegate().close(status, new Metadata());
    }
  }

  /**
   * What the transport is to tell.
   *
   * @param method hears of the call
   * @param over runs when the call is over, however
   */
  ServerCall.Listener<Q> listener(ServerCall.Listener<Q> method, Runnable over) {
    return new Ears<>(this, method, over);
  }

  @Override
  public synchronized void sendHeaders(Metadata headers) {
    if (!ended) {
      super.sendHeaders(headers);
    }
  }

  @Override
  public synchronized void sendMessage(A message) {
    if (!ended) {
      super.sendMessage(message);
    }
  }

  @Override
  public synchronized void close(Status status, Metadata trailers) {
    if (!ended) {
      closed = true;
      super.close(status, trailers);
    }
  }

  @Override
  public boolean isReady() {
    return !ended && super.isReady();
  }

  @Override
  public boolean isCancelled() {
    return ended || super.isCancelled();
  }

  private static final class Ears<Q> extends SimpleForwardingServerCallListener<Q> {
    private final EndableCall<Q, ?> call;
    private final Runnable over;

    private Ears(EndableCall<Q, ?> call, ServerCall.Listener<Q> method, Runnable over) {
      super(method);
      this.call = call;
      this.over = over;
    }

    @Override
    public void onMessage(Q message) {
      if (!call.ended) {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.ended) {
        super.onHalfClose();
      }
    }

    @Override
    public void onReady() {
      if (!call.ended) {
        super.onReady();
      }
    }

    @Override
    public void onCancel() {
      over.run();
      super.onCancel();
    }

    /** The transport says this of a call that was closed with whatever status. */
    @Override
    public void onComplete() {
      over.run();
      if (call.ended) {
        super.onCancel();
      } else {
        super.onComplete();
      }
    }
  }
}
