package dev.capstan.worker.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.worker.executor.Json;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks programs {@code docker-credential-*} for logins, as Docker's own program does: {@code get},
 * with the registry on standard input. A helper has ten seconds.
 */
final class LoginProgram {

  private static final Logger LOG = LoggerFactory.getLogger(LoginProgram.class);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int MOST_BYTES = 64 * 1024;

  private final Map<String, String> environment;

  /** Those that are found by these variables of the worker, which a helper also needs itself. */
  LoginProgram(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * What a helper knows of a registry; an empty object when it knows nothing.
   *
   * @throws IOException when it is not there, takes too long, or says what can't be read
   */
  JsonNode get(String helper, String registry) throws IOException, InterruptedException {
    String name = "docker-credential-" + helper;
    ProcessBuilder builder = new ProcessBuilder(program(name), "get");
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    Thread patience =
        Thread.ofVirtual().name("capstan-credential-helper").start(() -> end(process));
    try (InputStream output = process.getInputStream()) {
      ask(process, registry);
      byte[] said = output.readNBytes(MOST_BYTES);
      int exitCode = process.waitFor();
      if (exitCode == 0) {
        return Json.read(said);
      }
      if (new String(said, StandardCharsets.UTF_8).contains("not found")) {
        return Json.object();
      }
      throw new IOException(name + " ended with " + exitCode);
    } catch (JsonProcessingException e) {
      // Its message quotes what it has read, which may be a password.
      throw new IOException(name + " does not answer with JSON", null);
    } finally {
      patience.interrupt();
      process.destroyForcibly();
    }
  }

  private static void ask(Process process, String registry) {
    try (OutputStream input = process.getOutputStream()) {
      input.write((registry + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      LOG.debug("A credential helper has not read what it was asked: {}", e.getMessage());
    }
  }

  private String program(String name) throws IOException {
    for (String directory : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
      File program = new File(directory, name);
      if (program.isAbsolute() && program.isFile() && program.canExecute()) {
        return program.getPath();
      }
    }
    throw new IOException("The program " + name + " is not on the PATH of this worker");
  }

  /** When it takes too long; its streams end with it. */
  private static void end(Process process) {
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException answered) {
      Thread.currentThread().interrupt();
    }
  }
}
