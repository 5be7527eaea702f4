package dev.capstan.worker.asyncapi.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.Credentials;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.asyncapi.Subscription;
import dev.capstan.worker.asyncapi.Transport;
import dev.capstan.worker.asyncapi.TransportContract;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.executor.TaskFault;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Messages by Kafka, with a node of Apache Kafka. */
class KafkaTransportTest extends TransportContract {

  /** Soon enough for the broker that stops, and no sooner than a busy one answers. */
  private final Transport transport = new KafkaTransport(Duration.ofSeconds(10));

  private KafkaBroker broker;

  @BeforeAll
  void start() throws Exception {
    broker = new KafkaBroker();
  }

  @AfterAll
  void stop() throws Exception {
    broker.stop();
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
    return new KafkaBroker();
  }

  @Override
  protected Endpoint endpoint(Place place, @Nullable Credentials credentials) {
    String group = "{'groupId':{'type':'string','enum':['%s']}}".formatted(place.subscriber());
    return endpoint(place, "", group, "", credentials);
  }

  private static Endpoint endpoint(
      Place place,
      String channel,
      String operation,
      String message,
      @Nullable Credentials credentials) {
    return new Endpoint(
        "kafka",
        url("kafka", place.address()),
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
    return "kafka-(producer-network|coordinator-heartbeat)-thread.*";
  }

  @Override
  protected String secure() {
    return "kafka-secure";
  }

  @Test
  void theBindingsOfChannelAndMessageNameTopicAndKey() throws Exception {
    Place place = fresh();
    Endpoint endpoint =
        bound(place, "{'topic':'%s-t'}".formatted(place.channel()), "", "{'key':{'const':'k7'}}");
    transport.publish(endpoint, plain("keyed"), LIMIT);
    try (KafkaBroker.Records records = broker.receive(place.channel() + "-t")) {
      var seen = records.record();
      assertThat(seen.key()).isEqualTo("k7".getBytes(UTF_8));
      assertThat(seen.value()).isEqualTo("keyed".getBytes(UTF_8));
    }
  }

  @Test
  void withoutAGroupItBeginsAtTheEndAndKeepsNothing() throws Exception {
    Place place = fresh();
    Endpoint endpoint = bound(place, "", "", "");
    broker.send(place.channel(), plain("before"));
    try (Subscription subscription = transport.subscribe(endpoint, LIMIT)) {
      broker.send(place.channel(), plain("one"));
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("one");
    }
    try (Subscription subscription = transport.subscribe(endpoint, LIMIT)) {
      broker.send(place.channel(), plain("two"));
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("two");
      subscription.acknowledge();
    }
  }

  @Test
  void aGroupGetsWhatCameWhileNobodyWasThere() throws Exception {
    Place place = fresh();
    transport.subscribe(mine(place), LIMIT).close();
    broker.send(place.channel(), plain("meanwhile"));
    try (Subscription subscription = transport.subscribe(mine(place), LIMIT)) {
      assertThat(payload(subscription.next(LIMIT))).isEqualTo("meanwhile");
    }
  }

  @Test
  void aRecordWithoutAValueIsEmpty() throws Exception {
    Place place = fresh();
    try (Subscription subscription = transport.subscribe(mine(place), LIMIT)) {
      broker.tombstone(place.channel(), "gone");
      WireMessage message = subscription.next(LIMIT);
      assertThat(payload(message)).isEmpty();
    }
  }

  @Test
  void aBearerTokenIsTaken() throws Exception {
    Place place = fresh();
    long now = System.currentTimeMillis() / 1000;
    String token =
        base64("{\"alg\":\"none\"}")
            + "."
            + base64("{\"sub\":\"walker\",\"iat\":%d,\"exp\":%d}".formatted(now - 10, now + 600))
            + ".";
    Endpoint endpoint = endpoint(place, "", "", "", new Credentials.Bearer(token));
    transport.publish(endpoint, plain("by token"), LIMIT);
    try (KafkaBroker.Records records = broker.receive(place.channel())) {
      assertThat(payload(records.next())).isEqualTo("by token");
    }
    Endpoint refused = endpoint(place, "", "", "", new Credentials.Bearer("nonsense"));
    assertThatThrownBy(() -> transport.publish(refused, FULL, LIMIT))
        .hasMessageContaining("refused")
        .hasMessageNotContaining("nonsense");
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }

  @Test
  void aServerMayNameSeveralBrokers() throws Exception {
    Place place = fresh();
    Endpoint one = mine(place);
    Endpoint several =
        new Endpoint(
            "kafka",
            URI.create("kafka://127.0.0.1:1," + place.address()),
            one.address(),
            one.serverBinding(),
            one.channelBinding(),
            one.operationBinding(),
            one.messageBinding(),
            one.credentials());
    transport.publish(several, plain("found"), LIMIT);
    try (KafkaBroker.Records records = broker.receive(place.channel())) {
      assertThat(payload(records.next())).isEqualTo("found");
    }
  }

  @Test
  void bindingsThatDoNotFitAreTold() {
    Place place = fresh();
    assertThatThrownBy(
            () -> transport.subscribe(bound(place, "", "{'groupId':{'type':'string'}}", ""), LIMIT))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining("'groupId' in the binding of the operation");
    assertThatThrownBy(() -> transport.publish(bound(place, "{'topic':1}", "", ""), FULL, LIMIT))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining("'topic' in the binding of the channel must be a string");
    assertThatThrownBy(() ->
            transport.publish(bound(place, "", "", "{'schemaIdLocation':'payload'}"), FULL, LIMIT))
        .isInstanceOf(TaskFault.class)
        .hasMessageContaining("schema registry");
  }
}
