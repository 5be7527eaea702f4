package dev.capstan.worker.grpc;

import com.google.protobuf.DynamicMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** One call of a method: everything is sent, and everything that comes is collected. */
final class Exchange {

  /** What a message costs besides its content, so that the number of empty ones is bounded. */
  private static final int MESSAGE_BYTES = 64;

  private final int limit;
  private final List<DynamicMessage> received = new ArrayList<>();
  private final CompletableFuture<List<DynamicMessage>> end = new CompletableFuture<>();
  private long bytes;

  private Exchange(int limit) {
    this.limit = limit;
  }

  /**
   * Holds it to its end; an interrupt cancels the call.
   *
   * @param limit of what comes, in bytes
   * @return what came, in order
   * @throws StatusException when the call does not end with OK
   */
  static List<DynamicMessage> hold(
      Channel channel,
      MethodDescriptor<DynamicMessage, DynamicMessage> method,
      Metadata headers,
      List<DynamicMessage> requests,
      int limit)
      throws InterruptedException, StatusException {
    ClientCall<DynamicMessage, DynamicMessage> call = channel.newCall(method, CallOptions.DEFAULT);
    Exchange exchange = new Exchange(limit);
    call.start(exchange.new Answers(call), headers);
    call.request(1);
    try {
      requests.forEach(call::sendMessage);
      call.halfClose();
      return exchange.end.get();
    } catch (InterruptedException e) {
      call.cancel("The task was cancelled", e);
      throw e;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof StatusException status
          ? status
          : Status.fromThrowable(e.getCause()).asException();
    } catch (RuntimeException e) {
      call.cancel("The request could not be sent", e);
      throw e;
    }
  }

  /** Called by one thread at a time. */
  private final class Answers extends ClientCall.Listener<DynamicMessage> {

    private final ClientCall<?, ?> call;

    Answers(ClientCall<?, ?> call) {
      this.call = call;
    }

    @Override
    public void onMessage(DynamicMessage message) {
      bytes += message.getSerializedSize() + MESSAGE_BYTES;
      if (bytes > limit) {
        end.completeExceptionally(
            new StatusException(
                Status.RESOURCE_EXHAUSTED.withDescription(Statuses.TOO_MANY_BYTES + limit)));
        call.cancel("The answer is too large", null);
        return;
      }
      received.add(message);
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk()) {
        end.complete(received);
      } else {
        end.completeExceptionally(new StatusException(status, trailers));
      }
    }
  }
}
