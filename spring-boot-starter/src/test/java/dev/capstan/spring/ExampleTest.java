package dev.capstan.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.node.config.ConfigFile;
import dev.capstan.node.config.ConfigRefused;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.token.ApiKey;
import dev.capstan.server.boot.ClusterCoordinator;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.membership.NewCluster;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.DefaultResourceLoader;

/** The example, compiled as it is, joins a cluster with certificates and is called. */
class ExampleTest {
  private static final Path EXAMPLE = Path.of("../examples/worker-spring");
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path directory;

  @Test
  void itsPomNamesTheSpringBootThatTheStarterIsMadeWith() throws IOException {
    assertThat(Files.readString(EXAMPLE.resolve("pom.xml")))
        .contains("<version>" + SpringBootVersion.getVersion() + "</version>");
  }

  @Test
  void itWorksForAClusterWithCertificates() throws Exception {
    NodeConfig config = config();
    CoordinatorPlace place = ClusterCoordinator.place(config, "c1");
    NodeHome home = NodeHome.open(directory.resolve("c1"));
    ApiKey key = NewCluster.create(home, "shop", place, 1, Instant.now());
    Credential credential =
        new Credential(
            "shop",
            List.of("https://" + place.http()),
            key.text(),
            home.keys().trusted(Purpose.NODES).getFirst());
    credential.write(directory.resolve(Credential.ADMINISTRATOR));
    Coordinator coordinator = ClusterCoordinator.start(config, home, Map.of());
    try (coordinator;
        URLClassLoader example = compiled()) {
      try (ConfigurableApplicationContext application = started(example, place, credential)) {
        CapstanClient client = application.getBean(CapstanClient.class);
        Execution paid = run(client, "paid", 12);
        assertThat(String.valueOf(paid.output()))
            .startsWith("{\"charged\":12,\"by\":\"spring\",\"key\":\"");
        assertThat(Objects.requireNonNull(run(client, "refused", 5000).error()).detail())
            .contains("more than the card allows");
        assertThat(CapstanClient.await(client.nodes()))
            .anySatisfy(node -> {
              assertThat(node.name()).isEqualTo("payments");
              assertThat(node.labels()).containsEntry("zone", "b");
            });
      }
    }
  }

  private static Execution run(CapstanClient client, String id, int amount) {
    return CapstanClient.await(
        client.start(
            StartRequest.ofDefinition(
                    """
                    document: { dsl: '1.0.0', namespace: test, name: one, version: '1.0.0' }
                    do:
                      - pay: { call: charge-card, with: { amount: %d } }
                    """
                        .formatted(amount))
                .withInput(JsonNodeFactory.instance.objectNode())
                .withId(id),
            PATIENCE));
  }

  /** A coordinator that is looked for where it is said to be, and nowhere else. */
  private NodeConfig config() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("node.yaml"),
            "distributed_workflow_engine:\n  node_discovery: { enabled: false }\n");
    try {
      return ConfigFile.read(file, List.of())
          .on("127.0.0.1", FreePorts.next(), FreePorts.next(), FreePorts.next());
    } catch (ConfigRefused e) {
      throw new AssertionError(e.rendered(), e);
    }
  }

  private ConfigurableApplicationContext started(
      URLClassLoader example, CoordinatorPlace coordinator, Credential credential)
      throws Exception {
    Path token = directory.resolve("token");
    try (CapstanClient administrator =
        CapstanClient.builder()
            .servers(credential.servers())
            .token(credential.key())
            .tls(credential.tls())
            .build()) {
      Files.writeString(
          token,
          CapstanClient.await(administrator.invite("worker", "payments", Duration.ofMinutes(5)))
                  .token()
              + "\n");
    }
    SpringApplication application =
        new SpringApplication(
            new DefaultResourceLoader(example),
            example.loadClass("com.example.payments.PaymentsApplication"));
    return application.run(
        "--spring.main.banner-mode=off",
        "--capstan.worker.dev=false",
        "--capstan.worker.servers=" + coordinator.grpc(),
        "--capstan.worker.join-token-file=" + token,
        "--capstan.worker.data=" + directory.resolve("payments"),
        "--capstan.worker.labels.zone=b",
        "--capstan.client.credential=" + directory.resolve(Credential.ADMINISTRATOR));
  }

  private URLClassLoader compiled() throws IOException {
    Path classes = Files.createDirectories(directory.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(List.of("-proc:none", "-parameters", "-d", classes.toString()));
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
    try (Stream<Path> files = Files.walk(EXAMPLE.resolve("src/main/java"))) {
      files.map(Path::toString).filter(each -> each.endsWith(".java")).forEach(arguments::add);
    }
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, arguments.toArray(String[]::new)))
        .as("the example compiles")
        .isZero();
    URI resources = EXAMPLE.resolve("src/main/resources").toUri();
    return new URLClassLoader(
        new URL[] {classes.toUri().toURL(), resources.toURL()}, getClass().getClassLoader());
  }
}
