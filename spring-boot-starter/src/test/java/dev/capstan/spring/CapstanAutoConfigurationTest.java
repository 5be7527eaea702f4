package dev.capstan.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.client.CapstanClient;
import dev.capstan.sdk.TaskFunction;
import dev.capstan.security.tls.Credential;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What an application gets for which properties and beans, without a cluster. */
class CapstanAutoConfigurationTest {
  @TempDir Path directory;

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  CapstanWorkerAutoConfiguration.class,
                  CapstanClientAutoConfiguration.class,
                  CapstanHealthAutoConfiguration.class));

  /** A bean with a function. */
  static class Payments {
    @TaskFunction("charge-card")
    public String charge() {
      return "charged";
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WithFunctions {
    @Bean
    Payments payments() {
      return new Payments();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WithHiddenFunctions {
    @Bean
    Runnable payments() {
      ProxyFactory proxy = new ProxyFactory(new RunnablePayments());
      proxy.setInterfaces(Runnable.class);
      return (Runnable) proxy.getProxy();
    }
  }

  /** Would be proxied by its interface. */
  static final class RunnablePayments extends Payments implements Runnable {
    @Override
    public void run() {}
  }

  private ApplicationContextRunner withFunctions(String... properties) {
    return runner
        .withUserConfiguration(WithFunctions.class)
        .withPropertyValues("capstan.worker.data=" + directory.resolve("data"))
        .withPropertyValues(properties);
  }

  /** Why the application does not start, as people read it. */
  private static FailureAnalysis analysis(@Nullable Throwable failure) {
    assertThat(failure).isNotNull();
    return Objects.requireNonNull(
        new StartFailureAnalyzer().analyze(Objects.requireNonNull(failure)));
  }

  @Test
  void anApplicationWithoutFunctionsIsNoWorkerAndHasAClient() {
    runner.run(context -> {
      assertThat(context).hasNotFailed();
      assertThat(context.getBean(CapstanWorker.class).isRunning()).isFalse();
      assertThat(context.getBean(CapstanClient.class).server()).isEqualTo("http://127.0.0.1:7480");
      assertThat(
              Objects.requireNonNull(context.getBean(HealthIndicator.class).health()).getStatus())
          .isEqualTo(Status.UNKNOWN);
    });
  }

  @Test
  void whatIsMissingIsSaidWithThePropertiesToSet() {
    withFunctions()
        .run(context -> {
          FailureAnalysis analysis = analysis(context.getStartupFailure());
          assertThat(analysis.getDescription())
              .contains("nothing says which cluster", directory.resolve("data").toString());
          assertThat(analysis.getAction())
              .contains(
                  "capstan.worker.join-token",
                  "capstan.worker.servers",
                  "capstan.worker.dev=true",
                  "capstan.worker.enabled=false");
        });
  }

  @Test
  void allWrongPropertiesAreToldAtOnceAndTheTokenIsNotShown() {
    withFunctions(
            "capstan.worker.servers=coordinator-1,coordinator-2:7481",
            "capstan.worker.join-token=secret-but-wrong",
            "capstan.worker.slots=0",
            "capstan.worker.leave-grace=-1s",
            "capstan.worker.config=" + directory.resolve("none.yaml"))
        .run(context ->
            assertThat(analysis(context.getStartupFailure()).getDescription())
                .contains(
                    "capstan.worker.servers[0] must be host:port",
                    "\"coordinator-1\"",
                    "capstan.worker.join-token: ",
                    "capstan.worker.slots must be from 1 to ",
                    "capstan.worker.leave-grace must not be negative",
                    "capstan.worker.config: there is no file ")
                .doesNotContain("secret-but-wrong", "servers[1]"));
  }

  @Test
  void devIsForNoCluster() {
    withFunctions("capstan.worker.dev=true", "capstan.worker.servers=coordinator-1:7481")
        .run(context ->
            assertThat(analysis(context.getStartupFailure()).getDescription())
                .contains("capstan.worker.dev=true is for 'capstan dev' on this machine"));
  }

  @Test
  void aTokenFileThatIsNotThereIsNamed() {
    withFunctions("capstan.worker.join-token-file=" + directory.resolve("token"))
        .run(context ->
            assertThat(analysis(context.getStartupFailure()).getDescription())
                .contains(
                    "capstan.worker.join-token-file: " + directory.resolve("token"),
                    "can't be read"));
  }

  @Test
  void functionsBehindAProxyOfInterfacesAreRefused() {
    runner
        .withUserConfiguration(WithHiddenFunctions.class)
        .run(context ->
            assertThat(analysis(context.getStartupFailure()))
                .satisfies(analysis -> {
                  assertThat(analysis.getDescription()).contains("the bean 'payments' is a proxy");
                  assertThat(analysis.getAction()).contains("spring.aop.proxy-target-class");
                }));
  }

  @Test
  void theWorkerAndTheClientCanBeLeftOut() {
    withFunctions("capstan.worker.enabled=false", "capstan.client.enabled=false")
        .run(context ->
            assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(CapstanWorker.class)
                .doesNotHaveBean(CapstanClient.class)
                .doesNotHaveBean(HealthIndicator.class));
  }

  /** Spring Boot reads it before it loads a class of ours. */
  @Test
  void anApplicationWithoutActuatorHasNoHealthIndicatorAndNeedsNoneOfItsClasses()
      throws IOException {
    Properties conditions = new Properties();
    try (InputStream metadata =
        CapstanWorker.class.getResourceAsStream(
            "/META-INF/spring-autoconfigure-metadata.properties")) {
      conditions.load(Objects.requireNonNull(metadata));
    }
    assertThat(
            conditions.getProperty(
                CapstanHealthAutoConfiguration.class.getName() + ".ConditionalOnClass"))
        .contains(HealthIndicator.class.getName());
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                CapstanWorkerAutoConfiguration.class, CapstanClientAutoConfiguration.class))
        .withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
        .run(context -> assertThat(context).hasNotFailed().hasSingleBean(CapstanWorker.class));
  }

  @Test
  void aWorkerThatReachesNobodyIsDownAndSaysSo() {
    withFunctions("capstan.worker.dev=true", "capstan.worker.dev-port=1", "capstan.worker.slots=7")
        .run(context -> {
          assertThat(context).hasNotFailed();
          assertThat(context.getBean(CapstanWorker.class).isRunning()).isTrue();
          assertThat(context.getBean(HealthIndicator.class).health())
              .satisfies(health -> {
                assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                assertThat(health.getDetails())
                    .containsEntry("slots", 7)
                    .containsEntry("functions", List.of("function:charge-card"))
                    .containsKey("reason");
              });
        });
  }

  @Test
  void theApplicationsOwnClientIsKept() {
    CapstanClient own = CapstanClient.ofDefaults();
    runner
        .withBean("own", CapstanClient.class, () -> own)
        .run(context -> assertThat(context.getBean(CapstanClient.class)).isSameAs(own));
  }

  @Test
  void addressesOfTheClientAreChecked() {
    runner
        .withPropertyValues("capstan.client.servers=ftp://coordinator-1")
        .run(context ->
            assertThat(analysis(context.getStartupFailure()).getDescription())
                .startsWith("capstan.client.servers: "));
    runner
        .withPropertyValues("capstan.client.servers=https://c1:7480,https://c2:7480")
        .run(context ->
            assertThat(context.getBean(CapstanClient.class).server()).isEqualTo("https://c1:7480"));
  }

  @Test
  void aCredentialThatIsNoneIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve(Credential.ADMINISTRATOR), "key: secret-key\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    runner
        .withPropertyValues("capstan.client.credential=" + file)
        .run(context ->
            assertThat(analysis(context.getStartupFailure()))
                .satisfies(analysis -> {
                  assertThat(analysis.getDescription())
                      .startsWith("capstan.client.credential: ")
                      .contains("is damaged")
                      .doesNotContain("secret-key");
                  assertThat(analysis.getAction()).contains("ask an administrator");
                }));
  }

  @Test
  void everyPropertyIsDescribedForEditors() throws IOException {
    Map<String, JsonNode> described = new LinkedHashMap<>();
    try (InputStream metadata =
        CapstanWorker.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
      new ObjectMapper()
          .readTree(Objects.requireNonNull(metadata, "written when the module was compiled"))
          .path("properties")
          .forEach(each -> described.put(each.path("name").asText(), each));
    }
    List<String> properties =
        Stream.concat(
                names("capstan.worker.", CapstanWorkerProperties.class),
                names("capstan.client.", CapstanClientProperties.class))
            .toList();

    assertThat(described.keySet()).containsExactlyInAnyOrderElementsOf(properties);
    assertThat(described.values())
        .allSatisfy(each -> assertThat(each.path("description").asText()).endsWith("."));
  }

  private static Stream<String> names(String prefix, Class<?> properties) {
    return Arrays.stream(properties.getRecordComponents())
        .map(each -> prefix + each.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
  }
}
