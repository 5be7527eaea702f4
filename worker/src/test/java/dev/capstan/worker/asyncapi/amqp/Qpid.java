package dev.capstan.worker.asyncapi.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.capstan.worker.LocalhostKeys;
import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.Listener;
import dev.capstan.worker.executor.Json;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * Apache Qpid Broker-J, in a process of its own: its release that can be had does not run on a Java
 * as new as ours ({@code Subject.getSubject} is gone there).
 */
final class Qpid {

  private static final String CONFIGURATION =
      """
      {
        "name": "broker",
        "modelVersion": "8.0",
        "authenticationproviders": [
          {"name": "users", "type": "Plain", "secureOnlyMechanisms": [],
            "users": [{"name": "%s", "type": "managed", "password": %s}]}],
        "keystores": [
          {"name": "keys", "type": "FileKeyStore", "keyStoreType": "PKCS12", "storeUrl": "%s", "password": "%s"}],
        "ports": [
          {"name": "AMQPS", "port": "%d", "bindingAddress": "127.0.0.1", "authenticationProvider": "users",
            "protocols": ["AMQP_0_9_1"], "transports": ["SSL"], "keyStore": "keys",
            "virtualhostaliases": [
              {"name": "defaultAlias", "type": "defaultAlias"}, {"name": "nameAlias", "type": "nameAlias"}]},
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
  private final int tlsPort = Listener.freePort();
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

  Qpid(Path java) throws Exception {
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
    String password = new String(Json.write(Json.object().textNode(Broker.PASSWORD)), UTF_8);
    Files.writeString(
        configuration,
        CONFIGURATION.formatted(
            Broker.USER,
            password,
            LocalhostKeys.get().server(),
            LocalhostKeys.PASSWORD,
            tlsPort,
            port));
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

  int port() {
    return port;
  }

  int tlsPort() {
    return tlsPort;
  }

  void stop() throws IOException {
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
