package dev.capstan.verify.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.capstan.cli.cluster.LocalCluster;
import dev.capstan.cli.cluster.OwnProgram;
import dev.capstan.client.ApiKeys;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Execution;
import dev.capstan.client.NewApiKey;
import dev.capstan.client.StartRequest;
import dev.capstan.security.tls.Credential;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.verify.lab.QuickStart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The workers of the examples, as processes, serve what workflows call. */
class ExampleWorkersTest {
  @TempDir Path directory;

  private static Path example(String name) {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("examples/README.md"))) {
      folder = Objects.requireNonNull(folder.getParent(), "the repository's root has examples");
    }
    return folder.resolve("examples").resolve(name);
  }

  /** What a program says of its version; empty where it is not installed. */
  private static String version(String program) throws InterruptedException {
    try {
      Process asked = new ProcessBuilder(program, "--version").redirectErrorStream(true).start();
      String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return asked.waitFor() == 0 ? said.strip() : "";
    } catch (IOException notInstalled) {
      return "";
    }
  }

  @Test
  void python() throws Exception {
    assumeTrue(!version("python3").isEmpty(), "python3 is not installed");
    serves("python", "python3", example("worker-python/worker.py"));
  }

  /** With certificates, and a key that lets it do nothing but this. */
  @Test
  void pythonInACluster() throws Exception {
    assumeTrue(!version("python3").isEmpty(), "python3 is not installed");
    Path launcher = QuickStart.launcher(directory);
    Map<String, String> environment = Map.of(OwnProgram.VARIABLE, launcher.toString());
    try (LocalCluster cluster =
        new LocalCluster(directory.resolve("cluster"), environment, _ -> {})) {
      cluster.start(1, 0);
      Credential credential = Credential.read(cluster.credentialFile());
      try (CapstanClient administrator = client(credential, credential.key())) {
        ApiKeys keys = new ApiKeys(administrator);
        NewApiKey key = CapstanClient.await(keys.issue("payments", "worker"));
        assertThat(code(credential, key)).isEqualTo("CAP-4003");
        Path log = directory.resolve("worker.log");
        Process process = python(credential, key, log);
        try {
          String definition = DevEngine.definition("call: charge-card\nwith: { amount: 12 }");
          Execution _ =
              CapstanClient.await(
                  administrator.start(StartRequest.ofDefinition(definition).withId("paid")));
          Execution paid =
              CapstanClient.await(administrator.end("paid").orTimeout(60, TimeUnit.SECONDS));
          assertThat(String.valueOf(paid.output()))
              .as(Files.readString(log))
              .startsWith("{\"charged\":12,\"by\":\"python\"");
        } finally {
          process.destroyForcibly();
          boolean _ = process.waitFor(30, TimeUnit.SECONDS);
        }
        Void _ = CapstanClient.await(keys.revoke(key.id()));
        assertThat(code(credential, key)).isEqualTo("CAP-4001");
      }
    }
  }

  private static CapstanClient client(Credential credential, String key) {
    return CapstanClient.builder()
        .servers(credential.servers())
        .token(key)
        .tls(credential.tls())
        .build();
  }

  /** With what a key is refused that wants to see executions. */
  private static String code(Credential credential, NewApiKey key) {
    try (CapstanClient client = client(credential, key.key())) {
      return client
          .execution("paid")
          .handle((_, failure) ->
              failure instanceof CompletionException e
                      && e.getCause() instanceof CapstanException refused
                  ? refused.problem().code()
                  : String.valueOf(failure))
          .join();
    }
  }

  private Process python(Credential credential, NewApiKey key, Path log) throws Exception {
    Path authority =
        Files.writeString(
            directory.resolve("authority.pem"),
            "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder().encodeToString(credential.authority().getEncoded())
                + "\n-----END CERTIFICATE-----\n");
    ProcessBuilder builder =
        new ProcessBuilder("python3", example("worker-python/worker.py").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("CAPSTAN_SERVER", credential.servers().getFirst());
    builder.environment().put("CAPSTAN_API_KEY", key.key());
    builder.environment().put("SSL_CERT_FILE", authority.toString());
    return builder.start();
  }

  @Test
  void typescript() throws Exception {
    String node = System.getProperty("node", "node");
    String version = version(node);
    assumeTrue(
        runsTypeScript(version), "node 22.18, 23.6 or newer is not installed: \"" + version + "\"");
    serves("typescript", node, example("worker-typescript/worker.ts"));
  }

  private static boolean runsTypeScript(String version) {
    if (!version.matches("v\\d+\\.\\d+\\..*")) {
      return false;
    }
    String[] numbers = version.substring(1).split("\\.");
    int major = Integer.parseInt(numbers[0]);
    int minor = Integer.parseInt(numbers[1]);
    return major > 23 || (major == 23 && minor >= 6) || (major == 22 && minor >= 18);
  }

  private void serves(String by, String program, Path worker) throws Exception {
    assertThat(Files.readAllLines(worker)).as("an example is read in a minute").hasSizeLessThan(60);
    try (DevEngine engine = new DevEngine(directory.resolve("data"))) {
      Path log = directory.resolve("worker.log");
      ProcessBuilder builder =
          new ProcessBuilder(program, worker.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().put("CAPSTAN_SERVER", engine.http());
      Process process = builder.start();
      try {
        engine.start("paid", "call: charge-card\nwith: { amount: 12 }");
        ExecutionView paid = engine.ended("paid");
        assertThat(paid.output()).as(Files.readString(log)).isNotNull();
        assertThat(String.valueOf(paid.output()))
            .startsWith("{\"charged\":12,\"by\":\"" + by + "\",\"key\":\"");
        engine.start("refused", "call: charge-card\nwith: { amount: 5000 }");
        ExecutionView refused = engine.ended("refused");
        assertThat(refused.error())
            .as(Files.readString(log))
            .satisfies(error -> {
              assertThat(error.status()).isEqualTo(402);
              assertThat(error.detail()).contains("more than the card allows");
            });
      } finally {
        process.destroyForcibly();
        boolean _ = process.waitFor(30, TimeUnit.SECONDS);
      }
    }
  }
}
