package dev.capstan.worker.asyncapi.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperties;
import com.hivemq.client.mqtt.mqtt5.datatypes.Mqtt5UserProperty;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.capstan.worker.LocalhostKeys;
import dev.capstan.worker.asyncapi.Address;
import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.Bytes;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.asyncapi.WireMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.config.impl.SecurityConfiguration;
import org.apache.activemq.artemis.core.security.Role;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;

/** Apache ActiveMQ Artemis, with one user. */
public final class MqttBroker implements Broker {

  private static final String TLS =
      "?protocols=MQTT;useEpoll=false;sslEnabled=true;keyStoreType=PKCS12;keyStorePath="
          + LocalhostKeys.get().server()
          + ";keyStorePassword="
          + LocalhostKeys.PASSWORD;

  private final int port = Listener.freePort();
  private final int tlsPort = Listener.freePort();
  private final EmbeddedActiveMQ server = new EmbeddedActiveMQ();

  /** Starts it. */
  public MqttBroker() throws Exception {
    SecurityConfiguration users = new SecurityConfiguration();
    users.addUser(USER, PASSWORD);
    users.addRole(USER, "all");
    Configuration configuration =
        new ConfigurationImpl()
            .setName("artemis-" + port)
            .setPersistenceEnabled(false)
            .setJMXManagementEnabled(false)
            .addAcceptorConfiguration(
                "mqtt", "tcp://127.0.0.1:" + port + "?protocols=MQTT;useEpoll=false")
            .addAcceptorConfiguration("mqtts", "tcp://127.0.0.1:" + tlsPort + TLS)
            .putSecurityRoles(
                "#",
                Set.of(
                    new Role(
                        "all", true, true, true, true, true, true, true, true, true, true, true,
                        true)));
    server.setConfiguration(configuration);
    server.setSecurityManager(
        new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), users));
    var _ = server.start();
  }

  @Override
  public Address address() {
    return new Address("127.0.0.1", port);
  }

  @Override
  public int tlsPort() {
    return tlsPort;
  }

  private Mqtt5BlockingClient client() {
    Mqtt5BlockingClient client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("other-" + UUID.randomUUID())
            .serverHost("127.0.0.1")
            .serverPort(port)
            .buildBlocking();
    var _ =
        client
            .connectWith()
            .simpleAuth()
            .username(USER)
            .password(Bytes.of(PASSWORD))
            .applySimpleAuth()
            .send();
    return client;
  }

  @Override
  public void send(String channel, WireMessage message) {
    Mqtt5BlockingClient client = client();
    List<Mqtt5UserProperty> headers = new ArrayList<>();
    message.headers().forEach((name, value) -> headers.add(Mqtt5UserProperty.of(name, value)));
    String correlation = message.correlationId();
    var _ =
        client
            .publishWith()
            .topic(channel)
            .qos(MqttQos.AT_LEAST_ONCE)
            .payload(message.payload())
            .userProperties(Mqtt5UserProperties.of(headers))
            .contentType(message.contentType())
            .correlationData(correlation == null ? null : Bytes.of(correlation))
            .send();
    client.disconnect();
  }

  @Override
  public Receiving receive(String channel) {
    Mqtt5BlockingClient client = client();
    Mqtt5BlockingClient.Mqtt5Publishes publishes = client.publishes(MqttGlobalPublishFilter.ALL);
    var _ = client.subscribeWith().topicFilter(channel).send();
    return new Receiving() {
      @Override
      public WireMessage next() throws InterruptedException {
        return MqttBroker.message(publishes.receive(30, TimeUnit.SECONDS).orElseThrow());
      }

      @Override
      public void close() {
        publishes.close();
        client.disconnect();
      }
    };
  }

  private static WireMessage message(Mqtt5Publish publish) {
    TreeMap<String, String> headers = new TreeMap<>();
    publish
        .getUserProperties()
        .asList()
        .forEach(each -> headers.put(each.getName().toString(), each.getValue().toString()));
    return new WireMessage(
        publish.getPayloadAsBytes(),
        headers,
        publish.getContentType().map(Object::toString).orElse(null),
        publish.getCorrelationData().map(data -> UTF_8.decode(data).toString()).orElse(null));
  }

  @Override
  public long unacknowledged(String channel) throws Exception {
    long messages = 0;
    for (SimpleString queue : queues(channel)) {
      messages += server.getActiveMQServer().locateQueue(queue).getMessageCount();
    }
    return messages;
  }

  /** For how many subscribers the broker keeps messages, whether they are there or not. */
  public int subscribers(String channel) throws Exception {
    return queues(channel).size();
  }

  private List<SimpleString> queues(String channel) throws Exception {
    return server.getActiveMQServer().bindingQuery(SimpleString.of(channel)).getQueueNames();
  }

  @Override
  public int connections() {
    return server.getActiveMQServer().getConnectionCount();
  }

  @Override
  public void stop() throws IOException {
    try {
      var _ = server.stop();
    } catch (Exception e) {
      throw new IOException(e);
    }
  }
}
