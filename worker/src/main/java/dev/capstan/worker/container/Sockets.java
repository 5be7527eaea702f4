package dev.capstan.worker.container;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where engines listen on a machine. */
public final class Sockets {

  private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);

  private static final List<String> VARIABLES = List.of("DOCKER_HOST", "CONTAINER_HOST");

  private Sockets() {}

  /**
   * The places to look at, in order. {@code DOCKER_HOST} or {@code CONTAINER_HOST} names the only
   * one; one that is no socket of this machine is not used.
   *
   * @param environment variables of this process
   */
  public static List<Path> of(Map<String, String> environment) {
    for (String variable : VARIABLES) {
      String address = environment.get(variable);
      if (address != null && !address.isBlank()) {
        Path socket = socket(address);
        if (socket == null) {
          LOG.warn("{} is no unix:// address, so no containers are run here", variable);
        }
        return socket == null ? List.of() : List.of(socket);
      }
    }
    List<Path> sockets = new ArrayList<>(List.of(Path.of("/var/run/docker.sock")));
    String own = environment.get("XDG_RUNTIME_DIR");
    if (own != null && !own.isBlank()) {
      sockets.add(Path.of(own, "docker.sock"));
      sockets.add(Path.of(own, "podman", "podman.sock"));
    }
    sockets.add(Path.of("/run/podman/podman.sock"));
    return List.copyOf(sockets);
  }

  private static @Nullable Path socket(String address) {
    try {
      URI uri = new URI(address);
      String path = uri.getPath();
      return "unix".equals(uri.getScheme()) && path != null && path.startsWith("/")
          ? Path.of(path)
          : null;
    } catch (URISyntaxException | InvalidPathException e) {
      return null;
    }
  }
}
