package dev.capstan.spring;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.Limits;
import dev.capstan.sdk.Capstan;
import dev.capstan.sdk.WorkerBuilder;
import dev.capstan.security.token.JoinToken;
import dev.capstan.security.token.TokenFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes a worker of the properties.
 *
 * @param mapper of the application; null for the SDK's own
 */
record WorkerSettings(CapstanWorkerProperties properties, @Nullable ObjectMapper mapper) {
  private static final String PREFIX = "capstan.worker.";
  private static final Path DATA = Path.of(".capstan-worker");

  /**
   * A worker that is not started yet.
   *
   * @throws MisconfiguredException with all that is wrong
   */
  WorkerBuilder worker(List<Object> functions) {
    List<String> faults = new ArrayList<>();
    String token = properties.dev() ? null : token(faults);
    check(token, faults);
    if (!faults.isEmpty()) {
      throw new MisconfiguredException(faults, "Change the application's configuration.");
    }
    WorkerBuilder worker =
        Capstan.worker().functions(functions.toArray()).data(directory()).join(token);
    properties.servers().forEach(worker::server);
    properties.labels().forEach(worker::label);
    if (properties.dev()) {
      worker.dev(properties.devPort());
    }
    if (mapper != null) {
      worker.mapper(mapper);
    }
    if (properties.name() != null) {
      worker.name(properties.name());
    }
    if (properties.slots() != null) {
      worker.slots(properties.slots());
    }
    if (properties.leaveGrace() != null) {
      worker.leaveGrace(properties.leaveGrace());
    }
    if (properties.config() != null) {
      worker.config(properties.config());
    }
    return worker;
  }

  private Path directory() {
    return Objects.requireNonNullElse(properties.data(), DATA);
  }

  private void check(@Nullable String token, List<String> faults) {
    if (properties.dev()) {
      checkDev(faults);
    } else if (faults.isEmpty() && token == null && properties.config() == null && isNew()) {
      throw new MisconfiguredException(
          List.of(
              "The application has functions, and nothing says which cluster they are for: there"
                  + " is no join token, and "
                  + directory().toAbsolutePath()
                  + " is not the directory of a node that has joined before."),
          "For a cluster, set capstan.worker.join-token (capstan cluster join-token --role worker)"
              + " and capstan.worker.servers. For 'capstan dev' on this machine, set"
              + " capstan.worker.dev=true. Without a worker, set capstan.worker.enabled=false.");
    }
    for (int i = 0; i < properties.servers().size(); i++) {
      String server = properties.servers().get(i);
      if (HostPort.parse(server).isEmpty()) {
        faults.add(
            PREFIX
                + "servers["
                + i
                + "] must be host:port of a coordinator's gRPC, such as coordinator-1:7481, not \""
                + server
                + "\"");
      }
    }
    Integer slots = properties.slots();
    int most = Limits.DEFAULT.slotsPerNode();
    if (slots != null && (slots < 1 || slots > most)) {
      faults.add(PREFIX + "slots must be from 1 to " + most + ", not " + slots);
    }
    if (properties.leaveGrace() != null && properties.leaveGrace().isNegative()) {
      faults.add(PREFIX + "leave-grace must not be negative");
    }
    Path config = properties.config();
    if (config != null && !Files.isReadable(config)) {
      faults.add(PREFIX + "config: there is no file " + config.toAbsolutePath());
    }
  }

  private void checkDev(List<String> faults) {
    if (!properties.servers().isEmpty()
        || properties.joinToken() != null
        || properties.joinTokenFile() != null
        || properties.config() != null) {
      faults.add(
          PREFIX
              + "dev=true is for 'capstan dev' on this machine; servers, join-token, join-token-file"
              + " and config are for clusters. Leave one of them away");
    }
    if (properties.devPort() < 1 || properties.devPort() > 65535) {
      faults.add(PREFIX + "dev-port must be from 1 to 65535, not " + properties.devPort());
    }
  }

  /** Whether no node has used the directory. */
  private boolean isNew() {
    try {
      if (!Files.exists(directory())) {
        return true;
      }
      try (var content = Files.list(directory())) {
        return content.findAny().isEmpty();
      }
    } catch (IOException unreadable) {
      // The worker itself says what is wrong with it.
      return false;
    }
  }

  private @Nullable String token(List<String> faults) {
    String text = properties.joinToken();
    String property = PREFIX + "join-token";
    Path file = properties.joinTokenFile();
    if (file != null) {
      if (text != null) {
        faults.add(PREFIX + "join-token and " + PREFIX + "join-token-file: set one of them");
      }
      property = PREFIX + "join-token-file";
      try {
        text = Files.readString(file);
      } catch (IOException e) {
        faults.add(property + ": " + file.toAbsolutePath() + " can't be read");
      }
    }
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      JoinToken _ = JoinToken.parse(text.strip());
    } catch (TokenFormatException e) {
      faults.add(property + ": " + e.getMessage());
    }
    return text.strip();
  }
}
