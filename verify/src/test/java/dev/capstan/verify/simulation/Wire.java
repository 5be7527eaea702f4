package dev.capstan.verify.simulation;

import dev.capstan.api.v1.CoordinatorMessage;
import dev.capstan.api.v1.WorkerMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The way from a worker to a coordinator, as a channel of gRPC: a call is two pipes. Ends as the
 * real one does: in order, cancelled by either side, or with the process of either. Some reports
 * come once more, late, over whatever stream there is by then.
 */
final class Wire extends Channel {
  private static final Metadata.Key<String> PARTITION =
      Metadata.Key.of("capstan-partition", Metadata.ASCII_STRING_MARSHALLER);
  private static final int ONE_IN = 3;
  private static final long LATE = TimeUnit.SECONDS.toNanos(1);

  private final SimulatedNetwork network;
  private final SimulatedProcess worker;
  private final SimulatedProcess coordinator;
  private final Service service;
  private final BiConsumer<SimulatedProcess, Runnable> atDeath;
  private final RandomGenerator random;

  /** The last call for each partition. */
  private final Map<Integer, Call> present = new HashMap<>();

  /** Takes calls at a coordinator. */
  @FunctionalInterface
  interface Service {
    StreamObserver<WorkerMessage> session(
        int partition, String worker, StreamObserver<CoordinatorMessage> down);
  }

  /**
   * @param service takes calls at the coordinator
   * @param atDeath registers what happens when a process dies
   */
  Wire(
      SimulatedNetwork network,
      SimulatedProcess worker,
      SimulatedProcess coordinator,
      Service service,
      BiConsumer<SimulatedProcess, Runnable> atDeath,
      RandomGenerator random) {
    this.network = network;
    this.worker = worker;
    this.coordinator = coordinator;
    this.service = service;
    this.atDeath = atDeath;
    this.random = random;
  }

  @Override
  @SuppressWarnings("unchecked")
  public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
    return (ClientCall<Q, A>) new Call();
  }

  @Override
  public String authority() {
    return coordinator.name();
  }

  private final class Call extends ClientCall<WorkerMessage, CoordinatorMessage> {
    private final Pipe up = new Pipe(network, worker, coordinator, this::readyAgain);
    private final Pipe down = new Pipe(network, coordinator, worker, this::serverReadyAgain);
    private @Nullable Listener<CoordinatorMessage> listener;
    private @Nullable ServerEnd server;
    private boolean clientClosed;
    private int partition;

    @Override
    public void start(Listener<CoordinatorMessage> responses, Metadata headers) {
      listener = responses;
      String named = headers.get(PARTITION);
      partition = named == null ? 0 : Integer.parseInt(named);
      present.put(partition, this);
      down.readOnDemand();
      if (!coordinator.isAlive()) {
        down.end(() -> close(Status.UNAVAILABLE.withDescription("connection refused")));
        return;
      }
      atDeath.accept(coordinator, this::coordinatorDied);
      atDeath.accept(worker, this::workerDied);
      up.send(() -> {
        server = new ServerEnd();
        server.requests = service.session(partition, worker.name(), server);
      });
    }

    private void coordinatorDied() {
      down.tear(() -> close(Status.UNAVAILABLE.withDescription("connection reset")));
    }

    private void workerDied() {
      up.tear(this::cancelServer);
    }

    private void cancelServer() {
      if (server != null) {
        server.cancelled();
      }
    }

    private void close(Status status) {
      if (!clientClosed) {
        clientClosed = true;
        Objects.requireNonNull(listener).onClose(status, new Metadata());
      }
    }

    private void readyAgain() {
      if (!clientClosed) {
        Objects.requireNonNull(listener).onReady();
      }
    }

    private void serverReadyAgain() {
      if (server != null && !server.over) {
        server.onReady.run();
      }
    }

    @Override
    public void request(int messages) {
      down.demand(messages);
    }

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {
      if (clientClosed) {
        return;
      }
      worker.after(0, () -> close(Status.CANCELLED.withDescription(message)));
      up.tear(this::cancelServer);
    }

    @Override
    public void halfClose() {
      up.end(() -> {
        if (server != null && !server.over) {
          server.halfClosed = true;
          Objects.requireNonNull(server.requests).onCompleted();
        }
      });
    }

    @Override
    public void sendMessage(WorkerMessage message) {
      if (message.hasKeepAlive()) {
        network.keptAlive();
      }
      send(message);
      if (message.hasReports() && random.nextInt(ONE_IN) == 0) {
        network.tally().bit(Happening.REPORT_COMES_TWICE);
        worker.after(
            random.nextLong(LATE),
            () -> Objects.requireNonNull(present.get(partition)).send(message));
      }
    }

    private void send(WorkerMessage message) {
      if (!clientClosed) {
        up.send(() -> {
          if (server != null && !server.over) {
            Objects.requireNonNull(server.requests).onNext(message);
          }
        });
      }
    }

    @Override
    public boolean isReady() {
      return !clientClosed && up.hasRoom();
    }

    private final class ServerEnd extends ServerCallStreamObserver<CoordinatorMessage> {
      private @Nullable StreamObserver<WorkerMessage> requests;
      private Runnable onReady = () -> {};
      private Runnable onCancel = () -> {};
      private boolean halfClosed;
      private boolean over;

      private void cancelled() {
        if (over) {
          return;
        }
        over = true;
        onCancel.run();
        if (!halfClosed) {
          Objects.requireNonNull(requests).onError(Status.CANCELLED.asRuntimeException());
        }
      }

      @Override
      public void onNext(CoordinatorMessage message) {
        if (!over) {
          down.send(() -> {
            if (!clientClosed) {
              Objects.requireNonNull(listener).onMessage(message);
            }
          });
        }
      }

      @Override
      public void onCompleted() {
        over = true;
        down.end(() -> close(Status.OK));
      }

      @Override
      public void onError(Throwable error) {
        over = true;
        down.end(() -> close(Status.fromThrowable(error)));
      }

      @Override
      public boolean isCancelled() {
        return over;
      }

      @Override
      public boolean isReady() {
        return !over && down.hasRoom();
      }

      @Override
      public void setOnReadyHandler(Runnable handler) {
        onReady = handler;
      }

      @Override
      public void setOnCancelHandler(Runnable handler) {
        onCancel = handler;
      }

      @Override
      public void setCompression(String compression) {}

      @Override
      public void setMessageCompression(boolean enable) {}

      @Override
      public void disableAutoInboundFlowControl() {
        throw new UnsupportedOperationException();
      }

      @Override
      public void request(int count) {
        throw new UnsupportedOperationException();
      }
    }
  }
}
