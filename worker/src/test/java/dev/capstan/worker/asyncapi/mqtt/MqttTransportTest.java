package dev.capstan.worker.asyncapi.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.Credentials;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.Transport;
import dev.capstan.worker.asyncapi.TransportContract;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Messages by MQTT 5, with Apache ActiveMQ Artemis. */
class MqttTransportTest extends TransportContract {

  private final Transport transport = new MqttTransport();
  private MqttBroker broker;

  @BeforeAll
  void start() throws Exception {
    broker = new MqttBroker();
  }

  @AfterAll
  void stop() throws Exception {
    broker.close();
  }

  @Override
  protected Transport transport() {
    return transport;
  }

  @Override
  protected Broker broker() {
    return broker;
  }

  @Override
  protected Broker another() throws Exception {
    return new MqttBroker();
  }

  @Override
  protected Endpoint endpoint(Place place, @Nullable Credentials credentials) {
    String server = place.subscriber() == null ? "" : "{'clientId':'" + place.subscriber() + "'}";
    return endpoint(place, server, "", credentials);
  }

  private static Endpoint endpoint(
      Place place, String server, String operation, @Nullable Credentials credentials) {
    return new Endpoint(
        "mqtt",
        url("mqtt", place.address()),
        place.channel(),
        json(server),
        json(""),
        json(operation),
        json(""),
        credentials);
  }

  private static Endpoint bound(Place place, String server, String operation) {
    return endpoint(place, server, operation, new Credentials.Basic(Broker.USER, Broker.PASSWORD));
  }

  @Override
  protected String threads() {
    return "capstan-mqtt-.*";
  }

  @Override
  protected String secure() {
    return "mqtts";
  }

  @Test
  void aRetainedMessageIsThereForWhoComesLater() throws Exception {
    Place place = fresh();
    transport.publish(bound(place, "", "{'retain':true}"), plain("kept"), LIMIT);
    transport.publish(bound(place, "", "{'retain':false}"), plain("lost"), LIMIT);
    try (Subscription subscription = transport.subscribe(bound(place, "", ""), LIMIT)) {
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("kept");
    }
  }

  @Test
  void withoutAClientIdNothingIsKept() throws Exception {
    Place place = fresh();
    try (Subscription first = transport.subscribe(bound(place, "", ""), LIMIT)) {
      broker.send(place.channel(), plain("one"));
      assertThat(payload(first.next(LIMIT))).isEqualTo("one");
    }
    try (Subscription second = transport.subscribe(bound(place, "", ""), LIMIT)) {
      assertThat(second.next(Duration.ofMillis(500))).isNull();
    }
  }

  @Test
  void qualityOfService0AcknowledgesNothing() throws Exception {
    Place place = fresh();
    Endpoint endpoint = bound(place, "", "{'qos':0}");
    try (Subscription subscription = transport.subscribe(endpoint, LIMIT)) {
      transport.publish(endpoint, plain("one"), LIMIT);
      broker.send(place.channel(), plain("two"));
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("one");
      subscription.acknowledge();
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("two");
    }
  }

  @Test
  void qualityOfService2IsTaken() throws Exception {
    Place place = fresh();
    Endpoint endpoint = bound(place, "", "{'qos':2}");
    try (Subscription subscription = transport.subscribe(endpoint, LIMIT)) {
      transport.publish(endpoint, plain("one"), LIMIT);
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("one");
      subscription.acknowledge();
    }
  }

  @Test
  void wildcardsTakeManyTopics() throws Exception {
    Place place = fresh();
    Place all = new Place(place.address(), place.channel() + "/+/done", place.subscriber());
    try (Subscription subscription = transport.subscribe(mine(all), LIMIT)) {
      broker.send(place.channel() + "/7/done", plain("seven"));
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("seven");
    }
  }

  @Test
  void whoTakesTheClientIdEndsTheSubscription() throws Exception {
    Place place = fresh();
    try (Subscription first = transport.subscribe(mine(place), LIMIT);
        Subscription _ = transport.subscribe(mine(place), LIMIT)) {
      assertThatThrownBy(() -> first.next(LIMIT)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void publishingLeavesTheSubscriberAlone() throws Exception {
    Place place = fresh();
    try (Subscription subscription = transport.subscribe(mine(place), LIMIT)) {
      transport.publish(mine(place), plain("for me"), LIMIT);
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("for me");
    }
  }

  @Test
  void aSessionWithAnotherChannelIsTold() throws Exception {
    Place place = fresh();
    Place other = new Place(place.address(), place.channel() + "-b", place.subscriber());
    transport.subscribe(mine(place), LIMIT).close();
    broker.send(place.channel(), plain("one"));
    try (Subscription subscription = transport.subscribe(mine(other), LIMIT)) {
      assertThatThrownBy(() -> subscription.next(LIMIT))
          .isInstanceOf(TaskFault.class)
          .hasMessageContaining(place.channel())
          .hasMessageContaining("client ids of their own");
    }
    try (Subscription again = transport.subscribe(mine(place), LIMIT)) {
      assertThat(payload(again.next(LIMIT))).isEqualTo("one");
    }
  }

  @Test
  void bindingsThatDoNotFitAreTold() {
    assertWrong("{'clientId':7}", "", "'clientId' in the binding of the server");
    assertWrong("{'cleanSession':false}", "", "without a 'clientId'");
    assertWrong(
        "{'clientId':'a','cleanSession':true,'sessionExpiryInterval':5}",
        "",
        "'sessionExpiryInterval'");
    assertWrong("", "{'qos':3}", "from 0 to 2, not 3");
    assertWrong("{'lastWill':{'qos':1}}", "", "'topic' in the binding of the server.lastWill");
  }

  private void assertWrong(String server, String operation, String told) {
    assertThatThrownBy(() -> transport.subscribe(bound(fresh(), server, operation), LIMIT))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining(told);
  }

  @Test
  void anAddressThatIsNoTopicIsTold() {
    Place place = new Place(broker.address(), "a/#/b", null);
    assertThatThrownBy(() -> transport.subscribe(mine(place), LIMIT))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining("a/#/b");
    assertThatThrownBy(() -> transport.publish(mine(place), FULL, LIMIT))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining("a/#/b");
  }
}
