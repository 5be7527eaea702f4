package dev.capstan.worker.asyncapi.mqtt;

import com.hivemq.client.mqtt.datatypes.MqttTopic;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PayloadFormatIndicator;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishBuilder;
import dev.capstan.worker.asyncapi.Binding;
import dev.capstan.worker.asyncapi.Bytes;
import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.Transport;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.executor.Arguments;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Messages by way of an MQTT 5 broker: headers are user properties, and content type and
 * correlation data are what MQTT has under these names. Each message that is sent has a connection
 * of its own.
 */
public final class MqttTransport implements Transport {

  private static final long FOUR_BYTES = 0xFFFF_FFFFL;

  @Override
  public Set<String> protocols() {
    return Set.of("mqtt", "mqtts", "secure-mqtt", "mqtt5");
  }

  @Override
  public void publish(Endpoint endpoint, WireMessage message, Duration limit)
      throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(limit);
    Mqtt5Publish publish = publish(endpoint, message);
    MqttSettings settings = MqttSettings.ofPublisher(endpoint);
    try (MqttConnection connection = MqttConnection.open(settings, null, deadline)) {
      connection.publish(publish, deadline);
    }
  }

  @Override
  public Subscription subscribe(Endpoint endpoint, Duration limit)
      throws IOException, InterruptedException {
    Deadline deadline = Deadline.after(limit);
    MqttSettings settings = MqttSettings.ofSubscriber(endpoint);
    return MqttSubscription.open(settings, filter(endpoint.address()), deadline);
  }

  private static MqttTopicFilter filter(String address) {
    try {
      return MqttTopicFilter.of(address);
    } catch (IllegalArgumentException e) {
      throw Arguments.wrong(
          "The channel's address '" + address + "' is no MQTT topic filter: " + e.getMessage());
    }
  }

  private static MqttTopic topic(String address) {
    try {
      return MqttTopic.of(address);
    } catch (IllegalArgumentException e) {
      throw Arguments.wrong(
          "The channel's address '" + address + "' is no MQTT topic: " + e.getMessage());
    }
  }

  private static Mqtt5Publish publish(Endpoint endpoint, WireMessage message) {
    Binding operation = Binding.of("operation", endpoint.operationBinding());
    Mqtt5PublishBuilder.Complete publish =
        Mqtt5Publish.builder()
            .topic(topic(endpoint.address()))
            .payload(message.payload())
            .qos(MqttSettings.qos(operation))
            .retain(operation.flag("retain", false))
            .contentType(contentType(endpoint, message))
            .userProperties(properties(message));
    OptionalLong expiry = operation.number("messageExpiryInterval", 0, FOUR_BYTES);
    if (expiry.isPresent()) {
      publish = publish.messageExpiryInterval(expiry.getAsLong());
    }
    String correlation = message.correlationId();
    if (correlation != null) {
      publish = publish.correlationData(Bytes.of(correlation));
    }
    return described(Binding.of("message", endpoint.messageBinding()), publish).build();
  }

  private static Mqtt5PublishBuilder.Complete described(
      Binding message, Mqtt5PublishBuilder.Complete undescribed) {
    Mqtt5PublishBuilder.Complete publish = undescribed;
    OptionalLong format = message.number("payloadFormatIndicator", 0, 1);
    if (format.isPresent()) {
      publish =
          publish.payloadFormatIndicator(
              format.getAsLong() == 1
                  ? Mqtt5PayloadFormatIndicator.UTF_8
                  : Mqtt5PayloadFormatIndicator.UNSPECIFIED);
    }
    String response = message.only("responseTopic");
    return response == null ? publish : publish.responseTopic(topic(response));
  }

  private static @Nullable String contentType(Endpoint endpoint, WireMessage message) {
    String known = Binding.of("message", endpoint.messageBinding()).text("contentType");
    return known == null ? message.contentType() : known;
  }

  private static Mqtt5UserProperties properties(WireMessage message) {
    List<Mqtt5UserProperty> properties = new ArrayList<>();
    message.headers().forEach((name, value) -> properties.add(Mqtt5UserProperty.of(name, value)));
    return Mqtt5UserProperties.of(properties);
  }
}
