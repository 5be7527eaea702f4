package dev.capstan.worker.asyncapi.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Connection;
import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.Credentials;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.Transport;
import dev.capstan.worker.asyncapi.TransportContract;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Messages by AMQP 0-9-1, with Apache Qpid Broker-J. */
class AmqpTransportTest extends TransportContract {

  private static final String QUEUE = "{'is':'queue','queue':{'durable':true}}";

  private final Transport transport = new AmqpTransport();
  private AmqpBroker broker;

  @BeforeAll
  void start() throws Exception {
    AmqpBroker common = AmqpBroker.common();
    Assumptions.assumeTrue(common != null, "no Java that the broker runs on");
    broker = common;
  }

  @AfterAll
  void stop() throws IOException {
    if (broker != null) {
      broker.stop();
    }
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
    AmqpBroker another = AmqpBroker.another();
    Assumptions.assumeTrue(another != null, "no Java that the broker runs on");
    return another;
  }

  @Override
  protected Endpoint endpoint(Place place, @Nullable Credentials credentials) {
    return endpoint(place, QUEUE, "", "", credentials);
  }

  private static Endpoint endpoint(
      Place place,
      String channel,
      String operation,
      String message,
      @Nullable Credentials credentials) {
    return new Endpoint(
        "amqp",
        URI.create(url("amqp", place.address()) + "/default"),
        place.channel(),
        json(""),
        json(channel),
        json(operation),
        json(message),
        credentials);
  }

  private static Endpoint bound(Place place, String channel, String operation, String message) {
    return endpoint(
        place, channel, operation, message, new Credentials.Basic(Broker.USER, Broker.PASSWORD));
  }

  @Override
  protected String threads() {
    return "capstan-amqp-.*";
  }

  @Override
  protected String secure() {
    return "amqps";
  }

  @Test
  void theBindingsOfOperationAndMessageArePropertiesOfTheMessage() throws Exception {
    Place place = fresh();
    try (AmqpBroker.Messages messages = broker.receive(place.channel())) {
      transport.publish(
          bound(
              place,
              "",
              "{'deliveryMode':1,'priority':7,'timestamp':true}",
              "{'contentEncoding':'gzip','messageType':'order'}"),
          FULL,
          LIMIT);
      AMQP.BasicProperties properties = messages.response().getProps();
      assertThat(properties.getDeliveryMode()).isEqualTo(1);
      assertThat(properties.getPriority()).isEqualTo(7);
      assertThat(properties.getTimestamp()).isNotNull();
      assertThat(properties.getContentEncoding()).isEqualTo("gzip");
      assertThat(properties.getType()).isEqualTo("order");
      transport.publish(bound(place, "", "", ""), FULL, LIMIT);
      assertThat(messages.response().getProps().getDeliveryMode()).isEqualTo(2);
    }
  }

  /** This broker takes it for a moment, not for a duration as the binding and others do. */
  @Test
  void theExpirationIsWrittenInMilliseconds() {
    Endpoint endpoint = bound(fresh(), "", "{'expiration':100000,'cc':['a','b']}", "");
    AMQP.BasicProperties properties =
        Outgoing.of(endpoint, AmqpRoute.of(endpoint), FULL).properties();
    assertThat(properties.getExpiration()).isEqualTo("100000");
    assertThat(properties.getHeaders()).containsEntry("CC", List.of("a", "b"));
  }

  @Test
  void anExchangeSendsByTheRoutingKey() throws Exception {
    Place place = fresh();
    String exchange = "{'is':'routingKey','exchange':{'name':'%s-x','type':'topic'}}";
    Endpoint endpoint = bound(place, exchange.formatted(place.channel()), "", "");
    try (Subscription subscription = transport.subscribe(endpoint, LIMIT)) {
      broker.send(place.channel() + "-x", "another.key", plain("for others"));
      broker.send(place.channel() + "-x", place.channel(), plain("by another client"));
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("by another client");
      subscription.acknowledge();
      transport.publish(endpoint, plain("by us"), LIMIT);
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("by us");
    }
  }

  @Test
  void aNamedQueueAtAnExchangeKeepsMessages() throws Exception {
    Place place = fresh();
    String channel =
        "{'exchange':{'name':'%1$s-x','type':'fanout'},'queue':{'name':'%1$s-q','durable':true}}";
    Endpoint endpoint = bound(place, channel.formatted(place.channel()), "", "");
    transport.subscribe(endpoint, LIMIT).close();
    transport.publish(endpoint, plain("meanwhile"), LIMIT);
    try (Subscription subscription = transport.subscribe(endpoint, LIMIT)) {
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("meanwhile");
    }
  }

  @Test
  void whatIsNotThereAndNotDescribedIsTold() {
    Place place = fresh();
    assertThatThrownBy(() -> transport.subscribe(bound(place, "", "", ""), LIMIT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no queue '" + place.channel() + "'");
    assertThatThrownBy(() -> transport.publish(bound(place, "", "", ""), FULL, LIMIT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("for the routing key '" + place.channel() + "'");
    String exchange = "{'exchange':{'name':'nothing'}}";
    assertThatThrownBy(() -> transport.publish(bound(place, exchange, "", ""), FULL, LIMIT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no exchange 'nothing'");
  }

  /** RabbitMQ does; Qpid leaves the subscriber in silence. */
  @Test
  void aQueueThatIsDeletedEndsTheSubscription() throws Exception {
    Assumptions.assumeTrue(broker.tellsOfDeletedQueues(), "the broker does not tell");
    Place place = fresh();
    try (Subscription subscription = transport.subscribe(mine(place), LIMIT);
        Connection other = broker.client()) {
      var _ = other.createChannel().queueDelete(place.channel());
      assertThatThrownBy(() -> subscription.next(LIMIT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("has ended the subscription to '" + place.channel() + "'");
    }
  }

  @Test
  void withoutAckMessagesAreGoneWhenTheyAreSent() throws Exception {
    Place place = fresh();
    Endpoint endpoint = bound(place, QUEUE, "{'ack':false}", "");
    try (Subscription subscription = transport.subscribe(endpoint, LIMIT)) {
      for (int i = 0; i < 100; i++) {
        broker.send(place.channel(), plain("message " + i));
      }
      for (int i = 0; i < 100; i++) {
        assertThat(payload(subscription.next(LIMIT))).isEqualTo("message " + i);
      }
    }
    broker.send(place.channel(), plain("later"));
    try (Subscription subscription = transport.subscribe(endpoint, LIMIT)) {
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("later");
    }
  }

  @Test
  void oneMessageIsOnItsWayAtATime() throws Exception {
    Place place = fresh();
    try (Subscription first = transport.subscribe(mine(place), LIMIT)) {
      broker.send(place.channel(), plain("one"));
      broker.send(place.channel(), plain("two"));
      assertThat(payload(first.next(LIMIT))).isEqualTo("one");
      try (Subscription second = transport.subscribe(mine(place), LIMIT)) {
        assertThat(payload(second.next(LIMIT))).isEqualTo("two");
      }
    }
  }

  @Test
  void bindingsThatDoNotFitAreTold() {
    assertWrong("{'is':'topic'}", "", "must be one of routingKey, queue");
    assertWrong("{'is':'queue','exchange':{'name':'x'}}", "", "the channel 'is' a queue");
    assertWrong(
        "{'exchange':{'type':'topic'}}", "", "'name' in the binding of the channel.exchange");
    assertWrong(
        "{'exchange':{'name':'x','vhost':'a'},'queue':{'vhost':'b'}}",
        "",
        "'vhost' in the binding of the channel.queue is 'b'");
    assertWrong("{'queue':{'name':'q'}}", "", "no exchange leads to it");
    assertWrong("", "{'deliveryMode':3}", "from 1 to 2, not 3");
    assertWrong("", "{'cc':[7]}", "'cc' in the binding of the operation");
  }

  private void assertWrong(String channel, String operation, String told) {
    assertThatThrownBy(() -> transport.publish(bound(fresh(), channel, operation, ""), FULL, LIMIT))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining(told);
  }
}
