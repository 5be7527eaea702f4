package dev.capstan.worker.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The file that {@code docker login} writes, as Docker's own program reads it. */
class RegistryLoginsTest {

  private static final String PAIR =
      Base64.getEncoder().encodeToString("ann:p:w".getBytes(StandardCharsets.UTF_8));

  @TempDir Path directory;

  private String login(String config, String image) throws Exception {
    Files.writeString(directory.resolve("config.json"), config);
    return of(image);
  }

  private String of(String image) throws Exception {
    RegistryLogins logins =
        RegistryLogins.of(
            Map.of("DOCKER_CONFIG", directory.toString(), "PATH", directory + ":/usr/bin:/bin"));
    return new String(Base64.getUrlDecoder().decode(logins.of(image)), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "tools:1, docker.io",
    "some/tools, docker.io",
    "docker.io/some/tools, docker.io",
    "index.docker.io/some/tools, docker.io",
    "localhost/tools, localhost",
    "images.example/tools:1, images.example",
    "images:5000/tools@sha256:00, images:5000"
  })
  void theRegistryOfAnImage(String image, String registry) {
    assertThat(ImageName.registry(image)).isEqualTo(registry);
  }

  @ParameterizedTest
  @CsvSource({
    "images.example, images.example/tools",
    "https://images.example, images.example/tools",
    "https://index.docker.io/v1/, some/tools",
    "docker.io, tools"
  })
  void aLoginIsFoundByTheRegistryOfTheImage(String name, String image) throws Exception {
    String config = "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(name, PAIR);

    assertThat(Json.read(login(config, image).getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(
            Json.object().put("username", "ann").put("password", "p:w").put("serveraddress", name));
    assertThat(of("other.example/tools")).isEmpty();
  }

  @Test
  void withoutAFileOrALoginTheEngineIsToldNothing() throws Exception {
    assertThat(of("images.example/tools")).isEmpty();
    assertThat(login("{}", "images.example/tools")).isEmpty();
    assertThat(login("{\"auths\":{\"images.example\":{}}}", "images.example/tools")).isEmpty();
    assertThat(login("", "images.example/tools")).isEmpty();
  }

  @Test
  void aTokenGoesInItsOwnPlace() throws Exception {
    assertThat(
            login(
                "{\"auths\":{\"a.example\":{\"auth\":\"\",\"identitytoken\":\"t\"}}}",
                "a.example/tools"))
        .isEqualTo("{\"identitytoken\":\"t\",\"serveraddress\":\"a.example\"}");
    helper("echo '{\"Username\":\"<token>\",\"Secret\":\"t2\"}'");
    assertThat(login("{\"credsStore\":\"one\"}", "a.example/tools"))
        .isEqualTo("{\"identitytoken\":\"t2\",\"serveraddress\":\"a.example\"}");
  }

  @Test
  void theHelperOfARegistryGoesBeforeTheStoreAndTheFile() throws Exception {
    helper("cat >/dev/null; echo '{\"Username\":\"u\",\"Secret\":\"p\"}'");

    assertThat(
            login(
                """
                {"credHelpers":{"a.example":"one"},"credsStore":"missing",
                "auths":{"a.example":{"auth":"%s"}}}\
                """
                    .formatted(PAIR),
                "a.example/tools"))
        .contains("\"username\":\"u\"");
  }

  @Test
  void aStoreThatKnowsNothingLeavesItToTheFile() throws Exception {
    helper("echo credentials not found in native keychain; exit 1");

    assertThat(
            login(
                "{\"credsStore\":\"one\",\"auths\":{\"a.example\":{\"auth\":\"%s\"}}}"
                    .formatted(PAIR),
                "a.example/tools"))
        .contains("\"username\":\"ann\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ \"auths\": s3cr3t | config.json is not JSON",
        "{\"auths\":{\"a.example\":{\"auth\":\"s3cr3t!\"}}} | is not Base64",
        "{\"auths\":{\"a.example\":{\"auth\":\"czNjcjN0\"}}} | has no name and password",
        "{\"credHelpers\":{\"a.example\":\"../one\"}} | a credential helper that can't be one",
        "{\"credHelpers\":{\"a.example\":\"missing\"}} | docker-credential-missing is not on the PATH"
      })
  void whatCanNotBeUsedIsSaidWithoutASecret(String config, String message) {
    assertThatThrownBy(() -> login(config, "a.example/tools"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message)
        .hasMessageNotContainingAny("s3cr3t", "czNjcjN0");
  }

  private void helper(String program) throws IOException {
    Path helper = directory.resolve("docker-credential-one");
    Files.writeString(helper, "#!/bin/sh\n" + program + "\n");
    assertThat(helper.toFile().setExecutable(true)).isTrue();
  }
}
