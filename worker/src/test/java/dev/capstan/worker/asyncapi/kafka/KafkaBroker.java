package dev.capstan.worker.asyncapi.kafka;

import dev.capstan.worker.LocalhostKeys;
import dev.capstan.worker.asyncapi.Address;
import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.Bytes;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** One node of Apache Kafka, with a port for one user, and one for the other client. */
final class KafkaBroker implements Broker {

  private static final String PLAIN =
      "org.apache.kafka.common.security.plain.PlainLoginModule required "
          + "user_walker=\"pass\\\"word\\\\s\";";

  private static final String BEARER =
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required "
          + "unsecuredLoginStringClaim_sub=\"broker\";";

  private final Path directory;
  private final int users = Listener.freePort();
  private final int open = Listener.freePort();
  private final int tls = Listener.freePort();
  private final KafkaRaftServer server;

  KafkaBroker() throws Exception {
    directory = Files.createTempDirectory("kafka");
    int controller = Listener.freePort();
    Map<String, Object> config = new HashMap<>();
    config.put("process.roles", "broker,controller");
    config.put("node.id", "1");
    config.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
    config.put("controller.listener.names", "CONTROLLER");
    config.put("inter.broker.listener.name", "OPEN");
    config.put(
        "listeners",
        "OPEN://127.0.0.1:%d,USERS://127.0.0.1:%d,TLS://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
            .formatted(open, users, tls, controller));
    config.put(
        "advertised.listeners",
        "OPEN://127.0.0.1:%d,USERS://127.0.0.1:%d,TLS://localhost:%d".formatted(open, users, tls));
    config.put(
        "listener.security.protocol.map",
        "OPEN:PLAINTEXT,USERS:SASL_PLAINTEXT,TLS:SASL_SSL,CONTROLLER:PLAINTEXT");
    for (String listener : List.of("users", "tls")) {
      String prefix = "listener.name." + listener;
      config.put(prefix + ".sasl.enabled.mechanisms", "PLAIN,OAUTHBEARER");
      config.put(prefix + ".plain.sasl.jaas.config", PLAIN);
      config.put(prefix + ".oauthbearer.sasl.jaas.config", BEARER);
    }
    config.put("listener.name.tls.ssl.keystore.type", "PKCS12");
    config.put("listener.name.tls.ssl.keystore.location", LocalhostKeys.get().server().toString());
    config.put("listener.name.tls.ssl.keystore.password", LocalhostKeys.PASSWORD);
    config.put("listener.name.tls.ssl.key.password", LocalhostKeys.PASSWORD);
    config.put("log.dirs", directory.toString());
    config.put("offsets.topic.replication.factor", "1");
    config.put("offsets.topic.num.partitions", "1");
    config.put("transaction.state.log.replication.factor", "1");
    config.put("transaction.state.log.min.isr", "1");
    config.put("group.initial.rebalance.delay.ms", "0");
    config.put("num.partitions", "1");
    config.put("connection.failed.authentication.delay.ms", "0");
    format();
    server = new KafkaRaftServer(new KafkaConfig(config), Time.SYSTEM);
    server.startup();
  }

  private void format() throws Exception {
    new Formatter()
        .setPrintStream(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .setNodeId(1)
        .setClusterId(Uuid.randomUuid().toString())
        .addDirectory(directory.toString())
        .setMetadataLogDirectory(directory.toString())
        .setControllerListenerName("CONTROLLER")
        .run();
  }

  @Override
  public Address address() {
    return new Address("127.0.0.1", users);
  }

  @Override
  public int tlsPort() {
    return tls;
  }

  private Map<String, Object> client() {
    return Map.of(
        "bootstrap.servers", "127.0.0.1:" + open, "client.id", "other-" + UUID.randomUUID());
  }

  @Override
  public void send(String channel, WireMessage message) throws Exception {
    ProducerRecord<byte[], byte[]> outgoing = new ProducerRecord<>(channel, message.payload());
    message.headers().forEach((name, value) -> outgoing.headers().add(name, Bytes.of(value)));
    String type = message.contentType();
    if (type != null) {
      outgoing.headers().add("content-type", Bytes.of(type));
    }
    String correlation = message.correlationId();
    if (correlation != null) {
      outgoing.headers().add("correlation-id", Bytes.of(correlation));
    }
    send(outgoing);
  }

  /** Sends a key without a value. */
  void tombstone(String channel, String key) throws Exception {
    send(new ProducerRecord<>(channel, Bytes.of(key), null));
  }

  private void send(ProducerRecord<byte[], byte[]> outgoing) throws Exception {
    try (var producer =
        new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
      var _ = producer.send(outgoing).get(30, TimeUnit.SECONDS);
    }
  }

  /** Receives records, with their keys, from the topic's beginning. */
  static final class Records implements Receiving {

    private final KafkaConsumer<byte[], byte[]> consumer;

    Records(Map<String, Object> client, String topic) {
      consumer =
          new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(Set.of(partition));
      consumer.seekToBeginning(Set.of(partition));
    }

    ConsumerRecord<byte[], byte[]> record() {
      ConsumerRecords<byte[], byte[]> records = ConsumerRecords.empty();
      long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (records.isEmpty() && System.nanoTime() < end) {
        records = consumer.poll(Duration.ofSeconds(1));
      }
      return records.iterator().next();
    }

    @Override
    public WireMessage next() {
      ConsumerRecord<byte[], byte[]> fetched = record();
      Map<String, String> headers = new TreeMap<>();
      for (Header header : fetched.headers()) {
        headers.put(header.key(), Bytes.text(header.value()));
      }
      return new WireMessage(
          fetched.value(), headers, headers.get("content-type"), headers.get("correlation-id"));
    }

    @Override
    public void close() {
      consumer.close();
    }
  }

  @Override
  public Records receive(String channel) {
    return new Records(client(), channel);
  }

  @Override
  public int connections() {
    return Listener.connections(users);
  }

  @Override
  public void stop() throws IOException {
    server.shutdown();
    server.awaitShutdown();
    if (!Files.exists(directory)) {
      return;
    }
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
