package dev.capstan.worker.asyncapi.kafka;

import dev.capstan.worker.asyncapi.Address;
import dev.capstan.worker.asyncapi.Binding;
import dev.capstan.worker.asyncapi.Credentials;
import dev.capstan.worker.asyncapi.Deadline;
import dev.capstan.worker.asyncapi.Endpoint;
import dev.capstan.worker.executor.Arguments;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * How brokers are reached, by the bindings of AsyncAPI for Kafka.
 *
 * @param groupId those who share the messages of a topic; null for one who gets all that come from
 *     now on
 */
record KafkaSettings(
    List<Address> brokers,
    boolean tls,
    String clientId,
    @Nullable String groupId,
    @Nullable Credentials credentials) {

  private static final int PORT = 9092;
  private static final int TLS_PORT = 9093;

  /** A request that is not answered for so long is given up, and tried again. */
  private static final int REQUEST_MILLIS = 10_000;

  /** How long a group waits for a member that says nothing any more. */
  private static final int SESSION_MILLIS = 15_000;

  /** How long the work that a message causes may take before the group gives it to another one. */
  private static final Duration LONGEST_WORK = Duration.ofHours(1);

  private static final int AHEAD_BYTES = 4 * 1024 * 1024;

  static KafkaSettings of(Endpoint endpoint) {
    Binding operation = Binding.of("operation", endpoint.operationBinding());
    boolean tls = endpoint.protocol().equals("kafka-secure");
    String clientId = operation.only("clientId");
    return new KafkaSettings(
        Address.all(endpoint.server(), tls ? TLS_PORT : PORT),
        tls,
        clientId == null ? "capstan-" + UUID.randomUUID() : clientId,
        groupId(operation),
        endpoint.credentials());
  }

  private static @Nullable String groupId(Binding operation) {
    String groupId = operation.only("groupId");
    if (groupId == null ? operation.has("groupId") : groupId.isBlank()) {
      throw operation.wrong(
          "groupId", "must be a string, or a schema with 'const', a single 'enum' or 'default'");
    }
    return groupId;
  }

  Map<String, Object> producer(Deadline deadline) {
    Map<String, Object> config = both();
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, deadline.millis());
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, deadline.millis());
    config.put(
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(REQUEST_MILLIS, deadline.millis()));
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    return config;
  }

  Map<String, Object> consumer() {
    Map<String, Object> config = both();
    config.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MILLIS);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, AHEAD_BYTES);
    config.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) LONGEST_WORK.toMillis());
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MILLIS);
    if (groupId != null) {
      config.put(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    }
    return config;
  }

  private Map<String, Object> both() {
    Map<String, Object> config = new HashMap<>();
    config.put(
        CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG,
        brokers.stream().map(Address::toString).collect(Collectors.joining(",")));
    config.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    config.put(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, List.of());
    config.put(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
    String plain = credentials == null ? "PLAINTEXT" : "SASL_PLAINTEXT";
    String secure = credentials == null ? "SSL" : "SASL_SSL";
    config.put(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, tls ? secure : plain);
    switch (credentials) {
      case null -> {}
      case Credentials.Basic(String username, String password) -> {
        config.put(SaslConfigs.SASL_MECHANISM, "PLAIN");
        config.put(
            SaslConfigs.SASL_JAAS_CONFIG,
            "org.apache.kafka.common.security.plain.PlainLoginModule required username="
                + quoted(username)
                + " password="
                + quoted(password)
                + ";");
      }
      case Credentials.Bearer(String token) -> {
        config.put(SaslConfigs.SASL_MECHANISM, "OAUTHBEARER");
        config.put(
            SaslConfigs.SASL_JAAS_CONFIG,
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required token="
                + quoted(token)
                + ";");
        config.put(SaslConfigs.SASL_LOGIN_CALLBACK_HANDLER_CLASS, GivenToken.class);
      }
    }
    return config;
  }

  /** As the library's configuration has it: in quotes, on one line. */
  private static String quoted(String secret) {
    if (secret.chars().anyMatch(Character::isISOControl)) {
      throw Arguments.wrong("User names, passwords and tokens must not have control characters.");
    }
    return '"' + secret.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** What a broker has done, as an error that tells it. */
  IOException failure(KafkaException e) {
    String what =
        switch (e) {
          // The library takes a failed handshake for one, too.
          case SslAuthenticationException _ -> "can't be used: " + reason(e);
          case AuthenticationException _ -> "refused the user: " + e.getMessage();
          case AuthorizationException _ -> "does not allow it: " + e.getMessage();
          case TimeoutException _ -> "did not answer in time: " + e.getMessage();
          default -> "can't be used: " + reason(e);
        };
    return new IOException("The Kafka broker " + names() + " " + what, e);
  }

  private static String reason(Throwable e) {
    Throwable cause = e.getCause();
    return e.getMessage() + (cause == null ? "" : " (" + cause.getMessage() + ")");
  }

  String names() {
    return brokers.stream().map(Address::toString).collect(Collectors.joining(","));
  }
}
