package dev.capstan.worker.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What the person whose worker this is has told Docker's program of registries ({@code docker
 * login}): passwords in its file, or with the helpers that the file names. Read anew for each pull;
 * nothing of it is kept, or said in a message.
 */
final class RegistryLogins {

  /** Docker's own registry is called so in its file. */
  private static final String DOCKER_HUB = "https://index.docker.io/v1/";

  private static final long MOST_BYTES = 1024 * 1024;

  /** A helper's name becomes a part of the name of a program. */
  private static final Pattern HELPER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  private final Path file;
  private final LoginProgram program;

  RegistryLogins(Path file, LoginProgram program) {
    this.file = file;
    this.program = program;
  }

  /**
   * Those of the user whose variables these are: {@code DOCKER_CONFIG} names the directory of the
   * file, {@code ~/.docker} without it.
   */
  static RegistryLogins of(Map<String, String> environment) {
    String named = environment.getOrDefault("DOCKER_CONFIG", "");
    Path directory =
        named.isBlank() ? Path.of(System.getProperty("user.home"), ".docker") : Path.of(named);
    return new RegistryLogins(directory.resolve("config.json"), new LoginProgram(environment));
  }

  /**
   * The value of {@code X-Registry-Auth} for the registry of an image; empty when nothing is known
   * of it, and the engine pulls with what it knows itself.
   *
   * @throws IOException when the file or a helper can't be used; its message has no secret
   */
  String of(String image) throws IOException, InterruptedException {
    JsonNode config = config();
    String registry = ImageName.registry(image);
    List<String> names = names(registry);
    for (String name : names) {
      JsonNode helper = config.path("credHelpers").path(name);
      if (helper.isTextual()) {
        return asked(helper.textValue(), name);
      }
    }
    if (config.path("credsStore").isTextual()) {
      String stored = stored(config, names);
      if (!stored.isEmpty()) {
        return stored;
      }
    }
    for (String name : names) {
      JsonNode login = config.path("auths").path(name);
      if (login.isObject() && !login.isEmpty()) {
        return header(login(login, name), name);
      }
    }
    return "";
  }

  /** Docker asks its store for what it has logged in to. */
  private String stored(JsonNode config, List<String> names)
      throws IOException, InterruptedException {
    for (String name : names) {
      if (config.path("auths").has(name)) {
        return asked(config.path("credsStore").textValue(), name);
      }
    }
    return asked(config.path("credsStore").textValue(), names.getFirst());
  }

  private JsonNode config() throws IOException {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new IOException(file + " is larger than " + MOST_BYTES + " bytes");
      }
      return Json.read(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return Json.object();
    } catch (JsonProcessingException e) {
      // Its message quotes what it has read, which may be a password.
      throw new IOException(file + " is not JSON", null);
    }
  }

  /** Under which names a registry may stand in the file. */
  private static List<String> names(String registry) {
    return registry.equals(ImageName.DOCKER_HUB)
        ? List.of(DOCKER_HUB, "docker.io", "index.docker.io")
        : List.of(registry, "https://" + registry, "http://" + registry);
  }

  private String asked(String helper, String registry) throws IOException, InterruptedException {
    if (!HELPER.matcher(helper).matches()) {
      throw new IOException(file + " names a credential helper that can't be one");
    }
    JsonNode known = program.get(helper, registry);
    if (known.isEmpty()) {
      return "";
    }
    String username = known.path("Username").asText();
    String secret = known.path("Secret").asText();
    ObjectNode login = Json.object();
    if (username.equals("<token>")) {
      login.put("identitytoken", secret);
    } else {
      login.put("username", username).put("password", secret);
    }
    return header(login, registry);
  }

  private ObjectNode login(JsonNode login, String name) throws IOException {
    ObjectNode result = Json.object();
    String token = login.path("identitytoken").asText();
    if (!token.isEmpty()) {
      return result.put("identitytoken", token);
    }
    String pair = decoded(login.path("auth").asText(), name);
    int colon = pair.indexOf(':');
    if (colon > 0) {
      return result
          .put("username", pair.substring(0, colon))
          .put("password", pair.substring(colon + 1));
    }
    if (login.path("username").isTextual() && login.path("password").isTextual()) {
      return result
          .put("username", login.path("username").textValue())
          .put("password", login.path("password").textValue());
    }
    throw new IOException("The login for " + name + " in " + file + " has no name and password");
  }

  private String decoded(String base64, String name) throws IOException {
    try {
      return new String(Base64.getDecoder().decode(base64.strip()), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new IOException("The login for " + name + " in " + file + " is not Base64", null);
    }
  }

  /** As the Engine API wants it: JSON in Base64 whose alphabet suits URLs. */
  private static String header(ObjectNode login, String registry) {
    login.put("serveraddress", registry);
    return Base64.getUrlEncoder().encodeToString(Json.write(login));
  }
}
