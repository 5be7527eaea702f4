package dev.capstan.worker.asyncapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.capstan.worker.LocalhostKeys;
import dev.capstan.worker.executor.Distrust;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** What holds for every protocol, with a broker that belongs to the test class. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(180)
public abstract class TransportContract {

  /** Long enough on a machine that has much else to do. */
  protected static final Duration LIMIT = Duration.ofSeconds(30);

  private static final Duration SHORT = Duration.ofSeconds(2);

  /** What an address, a channel and a name for the subscriber's state make. */
  public record Place(Address address, String channel, @Nullable String subscriber) {}

  /** A message in which everything is there. */
  protected static final WireMessage FULL =
      new WireMessage(
          "{\"grüße\":1}".getBytes(UTF_8),
          Map.of("tenant", "ä", "trace", "7"),
          "application/json",
          "order-9");

  /** The transport to be tried. */
  protected abstract Transport transport();

  /** The broker of all tests but those that stop one. */
  protected abstract Broker broker();

  /** A broker that the caller closes. */
  protected abstract Broker another() throws Exception;

  /** A channel with the bindings that keep messages for a subscriber, if there is one. */
  protected abstract Endpoint endpoint(Place place, @Nullable Credentials credentials);

  /** The name of the threads of the client library. */
  protected abstract String threads();

  /** The protocol with TLS. */
  protected abstract String secure();

  /** A channel that no other test has. */
  protected final Place fresh() {
    return fresh(broker());
  }

  private static Place fresh(Broker broker) {
    String name = UUID.randomUUID().toString();
    return new Place(broker.address(), "channel-" + name, "subscriber-" + name);
  }

  /** The channel, for the user that the broker knows. */
  protected final Endpoint mine(Place place) {
    return endpoint(place, new Credentials.Basic(Broker.USER, Broker.PASSWORD));
  }

  /** The same over TLS. */
  private Endpoint secure(Place place) {
    Endpoint plain = mine(place);
    String server = plain.server().toString();
    return new Endpoint(
        secure(),
        URI.create(secure() + server.substring(server.indexOf(':'))),
        plain.address(),
        plain.serverBinding(),
        plain.channelBinding(),
        plain.operationBinding(),
        plain.messageBinding(),
        plain.credentials());
  }

  /** The channel over TLS, with the broker by one of its names. */
  private Endpoint secure(String host) {
    Assumptions.assumeTrue(broker().tlsPort() > 0, "the broker does not speak TLS");
    Place place = fresh();
    return secure(
        new Place(new Address(host, broker().tlsPort()), place.channel(), place.subscriber()));
  }

  /** A broker at a port of this machine. */
  protected static Address local(int port) {
    return new Address("127.0.0.1", port);
  }

  /** A binding, as JSON with single quotes. */
  protected static JsonNode json(String text) {
    try {
      return text.isEmpty()
          ? MissingNode.getInstance()
          : Json.read(text.replace('\'', '"').getBytes(UTF_8));
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  /** The URL of a server. */
  protected static URI url(String protocol, Address address) {
    return URI.create(protocol + "://" + address);
  }

  /** A message that is nothing but its payload. */
  protected static WireMessage plain(String payload) {
    return new WireMessage(payload.getBytes(UTF_8), Map.of(), null, null);
  }

  /** The payload of a message that must be there. */
  protected static String payload(@Nullable WireMessage message) {
    return new String(Objects.requireNonNull(message, "no message came").payload(), UTF_8);
  }

  private static void assertFull(@Nullable WireMessage arrived) {
    WireMessage message = Objects.requireNonNull(arrived, "no message came");
    assertThat(payload(message)).isEqualTo("{\"grüße\":1}");
    assertThat(message.headers()).containsAllEntriesOf(FULL.headers());
    assertThat(message.contentType()).isEqualTo("application/json");
    assertThat(message.correlationId()).isEqualTo("order-9");
  }

  @Test
  void anotherClientGetsWhatIsPublished() throws Exception {
    Place place = fresh();
    try (Broker.Receiving receiving = broker().receive(place.channel())) {
      transport().publish(mine(place), FULL, LIMIT);
      assertFull(receiving.next());
    }
  }

  @Test
  void aSubscriptionGetsWhatAnotherClientSends() throws Exception {
    Place place = fresh();
    try (Subscription subscription = transport().subscribe(mine(place), LIMIT)) {
      broker().send(place.channel(), FULL);
      assertFull(subscription.next(LIMIT));
    }
  }

  @Test
  void messagesComeInTheirOrder() throws Exception {
    Place place = fresh();
    try (Subscription subscription = transport().subscribe(mine(place), LIMIT)) {
      for (int i = 0; i < 40; i++) {
        broker().send(place.channel(), plain("message " + i));
      }
      for (int i = 0; i < 40; i++) {
        assertThat(payload(subscription.next(LIMIT))).isEqualTo("message " + i);
        subscription.acknowledge();
      }
    }
  }

  @Test
  void noMessageIsNull() throws Exception {
    try (Subscription subscription = transport().subscribe(mine(fresh()), LIMIT)) {
      assertThat(subscription.next(Duration.ofMillis(50))).isNull();
      assertThat(subscription.next(Duration.ZERO)).isNull();
    }
  }

  @Test
  void whatIsNotAcknowledgedComesAgain() throws Exception {
    Place place = fresh();
    try (Subscription first = transport().subscribe(mine(place), LIMIT)) {
      broker().send(place.channel(), plain("one"));
      broker().send(place.channel(), plain("two"));
      assertThat(payload(first.next(LIMIT))).isEqualTo("one");
    }
    try (Subscription second = transport().subscribe(mine(place), LIMIT)) {
      assertThat(payload(second.next(LIMIT))).isEqualTo("one");
      second.acknowledge();
      assertThat(payload(second.next(LIMIT))).isEqualTo("two");
    }
  }

  @Test
  void whatIsAcknowledgedDoesNotComeAgain() throws Exception {
    Place place = fresh();
    try (Subscription first = transport().subscribe(mine(place), LIMIT)) {
      broker().send(place.channel(), plain("one"));
      broker().send(place.channel(), plain("two"));
      assertThat(payload(first.next(LIMIT))).isEqualTo("one");
      first.acknowledge();
      awaitUnacknowledged(place, 1);
    }
    broker().send(place.channel(), plain("three"));
    try (Subscription second = transport().subscribe(mine(place), LIMIT)) {
      assertThat(payload(second.next(LIMIT))).isEqualTo("two");
      second.acknowledge();
      assertThat(payload(second.next(LIMIT))).isEqualTo("three");
      second.acknowledge();
      awaitUnacknowledged(place, 0);
    }
    try (Subscription third = transport().subscribe(mine(place), LIMIT)) {
      broker().send(place.channel(), plain("four"));
      assertThat(payload(third.next(LIMIT))).isEqualTo("four");
    }
  }

  /** Brokers need not have read the last acknowledgement when the connection ends. */
  private void awaitUnacknowledged(Place place, int messages) {
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> broker().unacknowledged(place.channel()) <= messages);
  }

  @Test
  void aPasswordThatIsRefusedIsToldButNotSaid() {
    Endpoint endpoint = endpoint(fresh(), new Credentials.Basic(Broker.USER, "wrongest"));
    assertThatThrownBy(() -> transport().publish(endpoint, FULL, LIMIT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused")
        .hasMessageContaining(broker().address().toString())
        .hasMessageNotContaining("wrongest");
    assertThatThrownBy(() -> transport().subscribe(endpoint, LIMIT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused")
        .hasMessageNotContaining("wrongest");
  }

  @Test
  void aBrokerThatIsNotThereIsTold() throws Exception {
    Endpoint endpoint = mine(new Place(local(Listener.freePort()), "nowhere", "nobody"));
    assertThatThrownBy(() -> transport().publish(endpoint, FULL, SHORT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1");
    assertThatThrownBy(() -> transport().subscribe(endpoint, SHORT))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1");
  }

  @Test
  void aBrokerThatSaysNothingIsToldInTime() throws Exception {
    try (Listener deaf = new Listener()) {
      Endpoint endpoint = mine(new Place(local(deaf.port()), "nowhere", "nobody"));
      assertThatThrownBy(() -> transport().publish(endpoint, FULL, SHORT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1");
      assertThatThrownBy(() -> transport().subscribe(endpoint, SHORT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1");
    }
  }

  @Test
  void theSecureProtocolSpeaksTls() throws Exception {
    try (Listener listener = new Listener()) {
      FutureTask<Integer> heard = start(listener::firstByte);
      Endpoint endpoint = secure(new Place(local(listener.port()), "nowhere", "nobody"));
      BlockingQueue<Thread> started = new ArrayBlockingQueue<>(1);
      FutureTask<@Nullable Object> publishing =
          start(() -> {
            started.add(Thread.currentThread());
            transport().publish(endpoint, FULL, Duration.ofHours(1));
            return null;
          });
      // A TLS record with a handshake.
      assertThat(heard.get(60, TimeUnit.SECONDS)).isEqualTo(22);
      started.take().interrupt();
      assertThatThrownBy(() -> publishing.get(60, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class);
    }
  }

  @Test
  void messagesGoOverTlsWhenTheAuthorityIsTrusted() throws Exception {
    Endpoint endpoint = secure("localhost");
    try (LocalhostKeys.Trust _ = LocalhostKeys.get().trusted();
        Subscription subscription = transport().subscribe(endpoint, LIMIT)) {
      transport().publish(endpoint, FULL, LIMIT);
      assertFull(subscription.next(LIMIT));
      subscription.acknowledge();
    }
    assertNothingIsLeft();
  }

  @Test
  void aBrokerWhoseAuthorityIsNotTrustedGetsNothing() {
    assertDistrusted(
        secure("localhost"), "not one that the worker's JVM trusts", "-Djavax.net.ssl.trustStore");
  }

  @Test
  void aBrokerThatHasNoCertificateForItsNameGetsNothing() {
    try (LocalhostKeys.Trust _ = LocalhostKeys.get().trusted()) {
      assertDistrusted(
          secure("127.0.0.1"), "is for other names", "No subject alternative names matching");
    }
  }

  private void assertDistrusted(Endpoint endpoint, String... told) {
    for (ThrowingCallable each :
        List.<ThrowingCallable>of(
            () -> transport().publish(endpoint, FULL, LIMIT),
            () -> transport().subscribe(endpoint, LIMIT).close())) {
      assertThatThrownBy(each)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(endpoint.server().getAuthority())
          .hasMessageNotContaining("refused the user")
          .hasMessageNotContaining(Broker.PASSWORD)
          .extracting(Distrust::of, InstanceOfAssertFactories.STRING)
          .contains(told);
    }
    assertNothingIsLeft();
  }

  @Test
  void aBrokerThatStopsEndsTheSubscription() throws Exception {
    try (Broker stopping = another()) {
      Place place = fresh(stopping);
      try (Subscription subscription = transport().subscribe(mine(place), LIMIT)) {
        stopping.send(place.channel(), plain("last words"));
        assertThat(payload(subscription.next(LIMIT))).isEqualTo("last words");
        stopping.stop();
        assertThatThrownBy(() -> subscription.next(Duration.ofSeconds(60)))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(stopping.address().toString());
      }
    }
    assertNothingIsLeft();
  }

  @Test
  void aThreadThatWaitsForMessagesCanBeInterrupted() throws Exception {
    Place place = fresh();
    BlockingQueue<Thread> waiting = new ArrayBlockingQueue<>(1);
    FutureTask<@Nullable WireMessage> task =
        start(() -> {
          try (Subscription subscription = transport().subscribe(mine(place), LIMIT)) {
            waiting.add(Thread.currentThread());
            return subscription.next(Duration.ofHours(1));
          }
        });
    Thread thread = waiting.take();
    thread.interrupt();
    assertInterrupted(task);
    assertNothingIsLeft();
  }

  @Test
  void aThreadThatWaitsForTheBrokerCanBeInterrupted() throws Exception {
    try (Listener deaf = new Listener()) {
      Endpoint endpoint = mine(new Place(local(deaf.port()), "nowhere", "nobody"));
      assertInterruptible(() -> {
        transport().publish(endpoint, FULL, Duration.ofHours(1));
        return null;
      });
      assertInterruptible(() -> transport().subscribe(endpoint, Duration.ofHours(1)));
    }
    assertNothingIsLeft();
  }

  private static void assertInterruptible(Callable<@Nullable Object> waiting) throws Exception {
    BlockingQueue<Thread> started = new ArrayBlockingQueue<>(1);
    FutureTask<@Nullable Object> task =
        start(() -> {
          started.add(Thread.currentThread());
          return waiting.call();
        });
    started.take().interrupt();
    assertInterrupted(task);
  }

  private static void assertInterrupted(FutureTask<?> task) {
    assertThatThrownBy(() -> task.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InterruptedException.class);
  }

  private static <T extends @Nullable Object> FutureTask<T> start(Callable<T> what) {
    FutureTask<T> task = new FutureTask<>(what);
    var _ = Thread.ofPlatform().daemon().name("of-the-test").start(task);
    return task;
  }

  /** Neither connections nor threads, that is. */
  protected final void assertNothingIsLeft() {
    Awaitility.await()
        .atMost(LIMIT)
        .untilAsserted(() -> {
          assertThat(broker().connections()).isZero();
          assertThat(Thread.getAllStackTraces().keySet())
              .noneMatch(thread -> thread.getName().matches(threads()));
        });
  }
}
