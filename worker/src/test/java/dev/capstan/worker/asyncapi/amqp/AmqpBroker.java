package dev.capstan.worker.asyncapi.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.capstan.worker.asyncapi.Address;
import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.executor.Json;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Apache Qpid Broker-J, in a process of its own: its release that can be had does not run on a Java
 * as new as ours ({@code Subject.getSubject} is gone there).
 */
final class AmqpBroker implements Broker {

  private static final String CONFIGURATION =
      """
      {
        "name": "broker",
        "modelVersion": "8.0",
        "authenticationproviders": [
          {"name": "users", "type": "Plain", "secureOnlyMechanisms": [],
            "users": [{"name": "%s", "type": "managed", "password": %s}]}],
        "ports": [
          {"name": "AMQP", "port": "%d", "bindingAddress": "127.0.0.1", "authenticationProvider": "users",
            "protocols": ["AMQP_0_9_1"],
            "virtualhostaliases": [
              {"name": "defaultAlias", "type": "defaultAlias"}, {"name": "nameAlias", "type": "nameAlias"}]}],
        "virtualhostnodes": [
          {"name": "default", "type": "Memory", "defaultVirtualHostNode": "true",
            "virtualHostInitialConfiguration": "{\\"type\\": \\"Memory\\"}"}]
      }
      """;

  /** Runs until its input ends, which it does with this process, too. */
  private static final String PROGRAM =
      """
      public class Launch {
        public static void main(String[] arguments) throws Exception {
          java.util.Map<String, Object> attributes = new java.util.HashMap<>();
          attributes.put("type", "Memory");
          attributes.put("initialConfigurationLocation", arguments[0]);
          attributes.put("startupLoggedToSystemOut", "false");
          new org.apache.qpid.server.SystemLauncher().startup(attributes);
          System.out.println("ready");
          while (System.in.read() >= 0) {}
          System.exit(0);
        }
      }
      """;

  private static final int OLDEST = 11;
  private static final int NEWEST = 22;

  private final int port = Listener.freePort();
  private final Path directory = Files.createTempDirectory("qpid");
  private final Process process;

  /** A Java that the broker runs on; null when this machine has none. */
  static @Nullable Path java() {
    try (Stream<Path> all = Files.list(Path.of("/usr/lib/jvm"))) {
      return all.filter(home -> fits(home.resolve("release")))
          .map(home -> home.resolve("bin/java"))
          .filter(Files::isExecutable)
          .min(Comparator.naturalOrder())
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean fits(Path release) {
    try {
      Matcher version = Pattern.compile("JAVA_VERSION=\"(\\d+)").matcher(Files.readString(release));
      if (!version.find()) {
        return false;
      }
      int number = Integer.parseInt(version.group(1));
      return number >= OLDEST && number <= NEWEST;
    } catch (IOException e) {
      return false;
    }
  }

  AmqpBroker(Path java) throws Exception {
    Path program = Files.writeString(directory.resolve("Launch.java"), PROGRAM);
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "--release",
                "11",
                "-Xlint:-options",
                "-proc:none",
                "-cp",
                classes,
                program.toString());
    if (compiled != 0) {
      throw new IllegalStateException("not compiled");
    }
    Path configuration = directory.resolve("configuration.json");
    String password = new String(Json.write(Json.object().textNode(PASSWORD)), UTF_8);
    Files.writeString(configuration, CONFIGURATION.formatted(USER, password, port));
    process =
        new ProcessBuilder(
                java.toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-Dqpid.work_dir=" + directory.resolve("work"),
                "-cp",
                directory + File.pathSeparator + classes,
                "Launch",
                configuration.toUri().toString())
            .redirectError(directory.resolve("errors").toFile())
            .start();
    BufferedReader output = process.inputReader(UTF_8);
    String line = output.readLine();
    while (line != null && !line.equals("ready")) {
      line = output.readLine();
    }
    if (line == null) {
      throw new IllegalStateException(Files.readString(directory.resolve("errors")));
    }
  }

  @Override
  public Address address() {
    return new Address("127.0.0.1", port);
  }

  /** A connection of the other client. */
  Connection client() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(port);
    factory.setUsername(USER);
    factory.setPassword(PASSWORD);
    factory.setVirtualHost("default");
    factory.setAutomaticRecoveryEnabled(false);
    return factory.newConnection("other");
  }

  private static void queue(Channel channel, String name) throws IOException {
    var _ = channel.queueDeclare(name, true, false, false, null);
  }

  @Override
  public void send(String channel, WireMessage message) throws Exception {
    send("", channel, message);
  }

  /** Sends to an exchange. */
  void send(String exchange, String key, WireMessage message) throws Exception {
    try (Connection connection = client();
        Channel channel = connection.createChannel()) {
      var _ = channel.confirmSelect();
      channel.basicPublish(
          exchange,
          key,
          new AMQP.BasicProperties.Builder()
              .headers(new HashMap<>(message.headers()))
              .contentType(message.contentType())
              .correlationId(message.correlationId())
              .build(),
          message.payload());
      channel.waitForConfirmsOrDie(30_000);
    }
  }

  /** Takes from a queue. */
  static final class Messages implements Receiving {

    private final Connection connection;
    private final Channel channel;
    private final String queue;

    Messages(Connection connection, String queue) throws IOException {
      this.connection = connection;
      this.channel = connection.createChannel();
      this.queue = queue;
      queue(channel, queue);
    }

    GetResponse response() {
      return Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> channel.basicGet(queue, true), got -> got != null);
    }

    @Override
    public WireMessage next() {
      GetResponse got = response();
      Map<String, String> headers = new TreeMap<>();
      if (got.getProps().getHeaders() != null) {
        got.getProps().getHeaders().forEach((name, value) -> headers.put(name, value.toString()));
      }
      return new WireMessage(
          got.getBody(),
          headers,
          got.getProps().getContentType(),
          got.getProps().getCorrelationId());
    }

    @Override
    public void close() {
      connection.abort();
    }
  }

  @Override
  public Messages receive(String channel) throws Exception {
    return new Messages(client(), channel);
  }

  @Override
  public int connections() {
    return Listener.connections(port);
  }

  @Override
  public void stop() throws IOException {
    var _ = process.destroyForcibly().onExit().join();
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
