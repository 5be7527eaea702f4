package dev.capstan.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.StartRequest;
import dev.capstan.security.tls.Credential;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir Path directory;

  @Test
  void itsPomNamesTheSpringBootThatTheStarterIsMadeWith() throws IOException {
    assertThat(Files.readString(EXAMPLE.resolve("pom.xml")))
        .contains("<version>" + SpringBootVersion.getVersion() + "</version>");
  }

  @Test
  void itWorksForAClusterWithCertificates() throws Exception {
    try (LocalCluster cluster =
            new LocalCluster(directory.resolve("cluster"), Map.of(), progress -> {});
        URLClassLoader example = compiled()) {
      cluster.start(1, 0);
      try (ConfigurableApplicationContext application = started(example, cluster)) {
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

  private ConfigurableApplicationContext started(URLClassLoader example, LocalCluster cluster)
      throws Exception {
    Path token = directory.resolve("token");
    Credential credential = Credential.read(cluster.credentialFile());
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
        "--capstan.worker.servers=" + cluster.grpc("c1"),
        "--capstan.worker.join-token-file=" + token,
        "--capstan.worker.data=" + directory.resolve("payments"),
        "--capstan.worker.labels.zone=b",
        "--capstan.client.credential=" + cluster.credentialFile());
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
