package dev.capstan.verify.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.cli.cluster.OwnProgram;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.security.tls.Credential;
import dev.capstan.verify.lab.QuickStart;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program of a user, as a process of its own, in a cluster with certificates. */
class FunctionClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** What only a coordinator and the command line need, so the SDK has none of it. */
  private static final List<String> LEFT_OUT =
      List.of(
          "/capstan-server-",
          "/server/target/",
          "/ratis-",
          "/kafka-clients-",
          "/hivemq-mqtt-client-",
          "/amqp-client-",
          "/rocksdbjni",
          "/helidon-",
          "/micrometer-",
          "/picocli",
          "/jline-");

  @TempDir Path directory;
  private final Map<String, Process> programs = new LinkedHashMap<>();
  private LocalCluster cluster;
  private CapstanClient client;

  @BeforeEach
  void start() throws Exception {
    Path launcher = QuickStart.launcher(directory);
    Map<String, String> environment = Map.of(OwnProgram.VARIABLE, launcher.toString());
    cluster = new LocalCluster(directory.resolve("cluster"), environment, _ -> {});
    cluster.start(1, 0);
    Credential credential = Credential.read(cluster.credentialFile());
    client =
        CapstanClient.builder()
            .servers(credential.servers())
            .token(credential.key())
            .tls(credential.tls())
            .build();
  }

  @AfterEach
  void stop() {
    programs.values().forEach(Process::destroyForcibly);
    client.close();
    cluster.close();
  }

  private Path begun() {
    return directory.resolve("begun");
  }

  private void run(String node, @Nullable String token) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                    .filter(each ->
                        LEFT_OUT.stream()
                            .noneMatch(each.replace(File.separatorChar, '/')::contains))
                    .collect(Collectors.joining(File.pathSeparator)),
                FunctionProgram.class.getName(),
                directory.resolve(node).toString(),
                node,
                cluster.grpc("c1").toString(),
                begun().toString(),
                directory.resolve("go").toString()));
    if (token != null) {
      command.add(token);
    }
    programs.put(
        node,
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(directory.resolve(node + ".log").toFile()))
            .start());
  }

  private Process program(String node) {
    return Objects.requireNonNull(programs.get(node));
  }

  private String token(String node) {
    return CapstanClient.await(client.invite("worker", node, Duration.ofMinutes(5))).token();
  }

  private List<String> begunLines(int count) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> Files.exists(begun()) ? Files.readAllLines(begun()) : List.<String>of(),
            lines -> lines.size() >= count);
  }

  @Test
  void aFunctionRunsElsewhereWithTheSameKeyWhenItsProgramIsKilledAndANodeComesBackAsItself()
      throws Exception {
    run("payments-1", token("payments-1"));
    Execution _ =
        CapstanClient.await(
            client.start(
                StartRequest.ofDefinition(DevEngine.definition("call: charge-card"))
                    .withInput(JsonNodeFactory.instance.objectNode())
                    .withId("order-1")));
    assertThat(begunLines(1).getFirst()).startsWith("payments-1 1 ");

    run("payments-2", token("payments-2"));
    program("payments-1").destroyForcibly().waitFor();
    List<String> begun = begunLines(2);
    assertThat(begun.get(1)).startsWith("payments-2 2 ");
    assertThat(begun.get(1).split(" ")[2]).isEqualTo(begun.get(0).split(" ")[2]).isNotBlank();
    Files.createFile(directory.resolve("go"));
    assertThat(CapstanClient.await(client.end("order-1")).output())
        .hasToString("\"charged by payments-2\"");

    Process leaving = program("payments-2");
    leaving.destroy();
    leaving.waitFor();
    run("payments-1", null);
    Execution again =
        CapstanClient.await(
                client.startOnce(
                    StartRequest.ofDefinition(DevEngine.definition("call: charge-card"))
                        .withInput(JsonNodeFactory.instance.objectNode())
                        .withId("order-2"),
                    PATIENCE))
            .execution();
    assertThat(again.output()).hasToString("\"charged by payments-1\"");
  }
}
