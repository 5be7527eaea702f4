package dev.capstan.worker.asyncapi.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import dev.capstan.worker.asyncapi.Bytes;
import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.executor.Arguments;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages of one topic filter. What the broker wants to see acknowledged comes no faster than it
 * is; of the rest, whatever does not fit is lost, which its quality of service allows.
 */
final class MqttSubscription implements Subscription {

  /** Messages that need no acknowledgement wait up to this number. */
  private static final int WAITING = 256;

  private static final Duration LAST_ANSWER = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(MqttSubscription.class);

  private final MqttSettings settings;
  private final MqttTopicFilter filter;
  private final BlockingQueue<Optional<Mqtt5Publish>> arrived = new LinkedBlockingQueue<>();
  private final MqttConnection connection;
  private @Nullable Mqtt5Publish current;
  private boolean acknowledged;

  private MqttSubscription(MqttSettings settings, MqttTopicFilter filter, Deadline deadline)
      throws IOException, InterruptedException {
    this.settings = settings;
    this.filter = filter;
    this.connection = MqttConnection.open(settings, arrived(arrived), deadline);
  }

  private static Consumer<Mqtt5Publish> arrived(BlockingQueue<Optional<Mqtt5Publish>> queue) {
    return publish -> {
      if (publish.getQos() != MqttQos.AT_MOST_ONCE || queue.size() < WAITING) {
        queue.add(Optional.of(publish));
      }
    };
  }

  static MqttSubscription open(MqttSettings settings, MqttTopicFilter filter, Deadline deadline)
      throws IOException, InterruptedException {
    MqttSubscription subscription = new MqttSubscription(settings, filter, deadline);
    boolean open = false;
    try {
      subscription.subscribe(deadline);
      open = true;
      return subscription;
    } finally {
      if (!open) {
        subscription.close();
      }
    }
  }

  private void subscribe(Deadline deadline) throws IOException, InterruptedException {
    // Whoever waits for a message must hear of the end.
    var _ = connection.ended().whenComplete((_, _) -> arrived.add(Optional.empty()));
    subscribe(
        settings.persistent()
            ? Mqtt5RetainHandling.SEND_IF_SUBSCRIPTION_DOES_NOT_EXIST
            : Mqtt5RetainHandling.SEND,
        deadline);
  }

  private void subscribe(Mqtt5RetainHandling retained, Deadline deadline)
      throws IOException, InterruptedException {
    connection.subscribe(
        Mqtt5Subscribe.builder()
            .addSubscription(
                Mqtt5Subscription.builder()
                    .topicFilter(filter)
                    .qos(settings.qos())
                    .retainHandling(retained)
                    .build())
            .build(),
        deadline);
  }

  @Override
  public @Nullable WireMessage next(Duration limit) throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(limit);
    Optional<Mqtt5Publish> publish = arrived.poll(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    // What has arrived before the end could not be acknowledged any more.
    mustBeOpen();
    if (publish == null) {
      return null;
    }
    current = publish.orElseThrow();
    return message(mine(current));
  }

  private Mqtt5Publish mine(Mqtt5Publish publish) {
    if (!filter.matches(publish.getTopic())) {
      throw Arguments.wrong(
          "The session of the client id '"
              + settings.clientId()
              + "' has also subscribed to '"
              + publish.getTopic()
              + "', not only to '"
              + filter
              + "': channels with sessions need client ids of their own.");
    }
    return publish;
  }

  private static WireMessage message(Mqtt5Publish publish) {
    Map<String, String> headers = new LinkedHashMap<>();
    publish
        .getUserProperties()
        .asList()
        .forEach(property ->
            headers.merge(
                property.getName().toString(),
                property.getValue().toString(),
                (first, second) -> first + "," + second));
    return new WireMessage(
        publish.getPayloadAsBytes(),
        headers,
        publish.getContentType().map(Object::toString).orElse(null),
        publish.getCorrelationData().map(MqttSubscription::text).orElse(null));
  }

  private static String text(ByteBuffer data) {
    byte[] bytes = new byte[data.remaining()];
    data.duplicate().get(bytes);
    return Bytes.text(bytes);
  }

  @Override
  public void acknowledge() throws IOException {
    Mqtt5Publish publish = current;
    if (publish == null) {
      throw new IllegalStateException("There is no message to acknowledge.");
    }
    mustBeOpen();
    publish.acknowledge();
    current = null;
    acknowledged = true;
  }

  private void mustBeOpen() throws IOException {
    if (connection.ended().isCompletedExceptionally()) {
      throw connection.failure(connection.ended().exceptionNow());
    }
  }

  @Override
  public void close() {
    if (acknowledged && settings.persistent()) {
      awaitAcknowledged();
    }
    connection.close();
  }

  /**
   * Nobody answers an acknowledgement, and a broker may forget one that the end of the connection
   * overtakes; then the message would come again. What is asked behind it is answered when it has
   * been read (MQTT 5.0, section 4.6): the same subscription once more, which changes nothing.
   */
  private void awaitAcknowledged() {
    try {
      subscribe(Mqtt5RetainHandling.DO_NOT_SEND, Deadline.after(LAST_ANSWER));
    } catch (IOException e) {
      LOG.debug("The broker may not have read the last acknowledgement", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
