package dev.capstan.node.joining;

import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.token.JoinToken;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the program of a node does first: it joins the cluster of its token, once; started again
 * with the same token, it is who it was.
 *
 * @param wanted the name that the node was told to have; null when it takes the machine's
 * @param place where the node will be; null for a worker
 */
public record ClusterEntry(
    NodeHome home,
    Role role,
    NodeConfig config,
    @Nullable String wanted,
    @Nullable CoordinatorPlace place) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * Joins, unless this node belongs to the cluster already. Blocks for as long as no coordinator is
   * found, up to a minute.
   *
   * @param token null for none: then nothing is joined
   * @param progress is told what happens, in words for a person
   * @return whether it has joined now
   * @throws StartupRefusal if the directory is that of another node, or of another cluster
   * @throws JoinFailure if the cluster refuses, or none of its coordinators was found in time
   */
  public boolean enter(@Nullable JoinToken token, Consumer<String> progress)
      throws JoinFailure, IOException, InterruptedException {
    NodeIdentity present = home.identity();
    if (present != null) {
      requireSame(present, token);
      return false;
    }
    if (token == null) {
      return false;
    }
    String name = Objects.requireNonNull(config.node().name(), "a name is chosen");
    progress.accept("joining as " + role.word() + " " + name);
    try (Discovery discovery = Discoveries.open(config.nodeDiscovery(), null, null)) {
      NodeIdentity _ =
          new Joining(token, role, name, place, home, progress).join(discovery, PATIENCE);
    }
    return true;
  }

  /**
   * A directory that was copied, or taken for another, must not start as a node that nobody means.
   */
  private void requireSame(NodeIdentity present, @Nullable JoinToken token) throws IOException {
    if (wanted != null && !wanted.equals(present.node())) {
      throw foreign(
          present,
          "the node was told to be " + wanted,
          "give this node a directory of its own (--data), or leave its name away");
    }
    if (token != null
        && home.keys().trusted(Purpose.NODES).stream()
            .noneMatch(root -> Pin.of(root.getPublicKey()).equals(token.pin()))) {
      throw foreign(
          present,
          "the join token is for another cluster",
          "join the other cluster with an empty directory (--data), or leave --join away");
    }
  }

  private StartupRefusal foreign(NodeIdentity present, String but, String remedy) {
    return new StartupRefusal(
        StartupRefusal.Code.DIRECTORY_FOREIGN,
        "the data directory "
            + home.data()
            + " is that of "
            + present.shown()
            + " of cluster "
            + present.cluster()
            + ", and "
            + but,
        "A node never takes the place of another one",
        remedy,
        null);
  }
}
