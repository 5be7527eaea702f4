package dev.capstan.worker.asyncapi.mqtt;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfigBuilder;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import dev.capstan.worker.asyncapi.Deadline;
import io.reactivex.Scheduler;
import io.reactivex.disposables.Disposable;
import io.reactivex.disposables.Disposables;
import io.reactivex.schedulers.Schedulers;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A connection to a broker, which is not made again when it ends. */
final class MqttConnection implements AutoCloseable {

  private static final Scheduler THREADS =
      Schedulers.from(Executors.newVirtualThreadPerTaskExecutor());

  private static final ThreadFactory NETWORK =
      Thread.ofPlatform().daemon().name("capstan-mqtt-", 0).factory();

  private final MqttSettings settings;
  private final Mqtt5AsyncClient client;

  /** Completed, with the error that says why, when the connection has ended. */
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private volatile boolean closed;
  private volatile Disposable receiving = Disposables.disposed();

  private MqttConnection(MqttSettings settings, Deadline deadline) {
    this.settings = settings;
    this.client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier(settings.clientId())
            .transportConfig(way(settings, deadline))
            .executorConfig(threads())
            .addConnectedListener(_ -> connected())
            .addDisconnectedListener(context -> ended.completeExceptionally(context.getCause()))
            .buildAsync();
  }

  /**
   * One thread for the network that nobody else has. On the library's common ones it would leave
   * something behind for as long as the broker keeps the session.
   */
  private static MqttClientExecutorConfig threads() {
    return MqttClientExecutorConfig.builder()
        .nettyExecutor(new OwnThreads())
        .nettyThreads(1)
        .applicationScheduler(THREADS)
        .build();
  }

  /** The library tells its groups of threads apart by the identity of their executors. */
  private static final class OwnThreads implements Executor {
    @Override
    public void execute(Runnable task) {
      NETWORK.newThread(task).start();
    }
  }

  private static MqttClientTransportConfig way(MqttSettings settings, Deadline deadline) {
    MqttClientTransportConfigBuilder way =
        MqttClientTransportConfig.builder()
            .serverHost(settings.address().host())
            .serverPort(settings.address().port())
            .socketConnectTimeout(deadline.millis(), TimeUnit.MILLISECONDS)
            .mqttConnectTimeout(deadline.millis(), TimeUnit.MILLISECONDS);
    return settings.tls() ? way.sslWithDefaultConfig().build() : way.build();
  }

  /**
   * Connects.
   *
   * @param receiver gets all messages, one after the other, on threads of the connection
   */
  static MqttConnection open(
      MqttSettings settings, @Nullable Consumer<Mqtt5Publish> receiver, Deadline deadline)
      throws IOException, InterruptedException {
    MqttConnection connection = new MqttConnection(settings, deadline);
    if (receiver != null) {
      // Before connecting: what a session has kept comes at once.
      connection.receiving =
          connection
              .client
              .toRx()
              .publishes(MqttGlobalPublishFilter.ALL, true)
              .subscribe(receiver::accept, _ -> {});
    }
    boolean open = false;
    try {
      connection.connect(deadline);
      open = true;
      return connection;
    } finally {
      if (!open) {
        connection.close();
      }
    }
  }

  private void connect(Deadline deadline) throws IOException, InterruptedException {
    CompletableFuture<Mqtt5ConnAck> connected = client.connect(settings.connect());
    try {
      var _ = deadline.await(connected, told("has not answered"));
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /** It may have been made in the moment in which it was given up. */
  private void connected() {
    if (closed) {
      close();
    }
  }

  void publish(Mqtt5Publish publish, Deadline deadline) throws IOException, InterruptedException {
    var _ = await(client.publish(publish), "has not confirmed the message", deadline);
  }

  void subscribe(Mqtt5Subscribe subscribe, Deadline deadline)
      throws IOException, InterruptedException {
    var _ = await(client.subscribe(subscribe), "has not confirmed the subscription", deadline);
  }

  private Object await(CompletableFuture<?> answer, String otherwise, Deadline deadline)
      throws IOException, InterruptedException {
    try {
      return deadline.await(CompletableFuture.anyOf(answer, ended), told(otherwise));
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /** Completed, with the error that says why, when the connection has ended. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  /** What the broker has done, as an error that tells it. */
  IOException failure(Throwable cause) {
    return switch (cause) {
      case ExecutionException e when e.getCause() != null -> failure(e.getCause());
      case Mqtt5ConnAckException e ->
          new IOException(
              told("refused the connection: " + e.getMqttMessage().getReasonCode()) + ".", e);
      case Mqtt5DisconnectException e
          when e.getMqttMessage().getReasonCode() == Mqtt5DisconnectReasonCode.SESSION_TAKEN_OVER ->
          new IOException(
              told("ended the connection: another one has the client id '")
                  + settings.clientId()
                  + "'.",
              e);
      default -> new IOException(told("can't be used: " + reason(cause)), cause);
    };
  }

  private static String reason(Throwable cause) {
    Throwable first = cause;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    String message = first.getMessage();
    return message == null ? first.getClass().getSimpleName() : message;
  }

  private String told(String what) {
    return "The MQTT broker " + settings.address() + " " + what;
  }

  /** Takes leave of the broker without waiting for it. */
  @Override
  public void close() {
    closed = true;
    // Not before: nobody would be there for what still comes.
    var _ = client.disconnect().whenComplete((_, _) -> receiving.dispose());
  }
}
