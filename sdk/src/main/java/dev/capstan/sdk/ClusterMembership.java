package dev.capstan.sdk;

import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.ClusterEntry;
import dev.capstan.node.joining.JoinFailure;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.sdk.node.WorkerNode;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.token.JoinToken;
import dev.capstan.security.token.TokenFormatException;
import dev.capstan.worker.WorkerStatus;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node of a cluster, as {@code capstan worker} is one. */
record ClusterMembership(WorkerNode node) implements Membership {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterMembership.class);

  /**
   * Joins if need be, and starts.
   *
   * @param wanted the name that the node was told to have; null when it takes the machine's
   */
  static ClusterMembership enter(
      NodeConfig config, @Nullable String wanted, @Nullable String token, Functions functions)
      throws IOException, InterruptedException {
    JoinToken parsed = token == null || token.isBlank() ? null : parse(token);
    try {
      NodeHome home = NodeHome.open(config.node().data());
      boolean _ =
          new ClusterEntry(home, Role.WORKER, config, wanted, null).enter(parsed, LOG::info);
      NodeIdentity identity = home.require(Role.WORKER);
      Discovery discovery = Discoveries.open(config.nodeDiscovery(), identity.cluster(), null);
      return new ClusterMembership(
          WorkerNode.start(
              config,
              home,
              discovery,
              WorkerNode.options(config, home).builtIns(Set.of()).executor(functions)));
    } catch (JoinFailure e) {
      throw new WorkerRefused(String.valueOf(e.getMessage()), e.remedy(), e);
    } catch (StartupRefusal e) {
      throw new WorkerRefused(e.what() + ". " + e.why(), e.remedy(), e);
    }
  }

  private static JoinToken parse(String token) {
    try {
      return JoinToken.parse(token);
    } catch (TokenFormatException e) {
      throw new IllegalArgumentException(
          "join() takes a join token: "
              + e.getMessage()
              + "; make one on a coordinator: capstan cluster join-token --role worker",
          e);
    }
  }

  @Override
  public WorkerStatus status() {
    return node.status();
  }

  @Override
  public CompletableFuture<@Nullable Void> welcomed() {
    return node.welcomed();
  }

  @Override
  public CompletableFuture<String> rejection() {
    return node.rejection();
  }

  @Override
  public void close() {
    node.close();
  }
}
