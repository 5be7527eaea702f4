package dev.capstan.worker.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SocketsTest {

  @Test
  void theUsualPlacesAreLookedAtInOrder() {
    assertThat(Sockets.of(Map.of("XDG_RUNTIME_DIR", "/run/user/7", "DOCKER_HOST", " ")))
        .containsExactly(
            Path.of("/var/run/docker.sock"),
            Path.of("/run/user/7/docker.sock"),
            Path.of("/run/user/7/podman/podman.sock"),
            Path.of("/run/podman/podman.sock"));
    assertThat(Sockets.of(Map.of()))
        .containsExactly(Path.of("/var/run/docker.sock"), Path.of("/run/podman/podman.sock"));
  }

  @Test
  void aVariableNamesTheOnlyPlace() {
    assertThat(Sockets.of(Map.of("DOCKER_HOST", "unix:///a", "CONTAINER_HOST", "unix:///b")))
        .containsExactly(Path.of("/a"));
    assertThat(Sockets.of(Map.of("CONTAINER_HOST", "unix:///b/c%20d")))
        .containsExactly(Path.of("/b/c d"));
  }

  @Test
  void whatIsNoSocketOfThisMachineIsNotUsed() {
    for (String address : new String[] {"tcp://h:2375", "ssh://h", "unix://", "a b", "/a"}) {
      assertThat(Sockets.of(Map.of("DOCKER_HOST", address))).as(address).isEmpty();
    }
  }
}
