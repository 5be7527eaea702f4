package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.sdk.node.WorkerNode;
import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.Lifetime;
import dev.capstan.security.pki.Purpose;
import dev.capstan.worker.SessionStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose certificate's life is over while a task runs on it. */
class CertificateLifeTest {
  private static final Duration SHORT = Duration.ofSeconds(6);

  /** Some of them, that is: one comes in each quarter of a keep-alive. */
  private static final Duration LOOKS_OF_THE_COORDINATOR = Duration.ofSeconds(4);

  @TempDir Path directory;

  /** The first life in which this machine manages to begin counts. */
  @Test
  void theTaskGoesOnUnderTheNextCertificate() throws Exception {
    try (LoneCoordinator cluster = new LoneCoordinator(directory)) {
      NodeConfig config = cluster.config("other", cluster.seeds());
      Object _ = cluster.join("other", config);
      WorkerNode other = cluster.work("other", config);
      await().atMost(LoneCoordinator.PATIENCE).until(() -> other.welcomed().isDone());
      for (Duration life = SHORT; !goesOn(cluster, life); life = life.multipliedBy(2)) {
        assertThat(life).isLessThan(LoneCoordinator.PATIENCE);
      }
    }
  }

  /** False if the first life was over before the task ran and the next one was signed. */
  private boolean goesOn(LoneCoordinator cluster, Duration life) throws Exception {
    String node = "w" + life.toSeconds();
    NodeConfig config =
        cluster.config(node, cluster.seeds(), "node: { labels: { which: " + node + " } }");
    NodeHome home = cluster.join(node, config);
    Path begun = directory.resolve(node + "-begun");
    Path end = directory.resolve(node + "-end");
    Instant until = shorten(home, life);
    WorkerNode worker;
    try {
      worker = cluster.work(node, config);
    } catch (StartupRefusal late) {
      return false;
    }
    by(until, () -> worker.welcomed().isDone());
    cluster.start(task(node, begun, end), "on-" + node);
    boolean inTime = by(until, () -> Files.exists(begun) && lifetime(home).until().isAfter(until));
    if (!inTime || !cluster.starts("on-" + node).equals(List.of("1 " + node))) {
      Files.createFile(end);
      return false;
    }
    long epoch = session(worker).epoch();

    // Its stream ends with the certificate that it was opened with, and the next one lasts.
    await()
        .atMost(LoneCoordinator.PATIENCE)
        .until(() ->
            Instant.now().isAfter(until)
                && session(worker).welcomes() > 1
                && session(worker).phase() == SessionStatus.Phase.OPEN);
    long welcomes = session(worker).welcomes();
    await()
        .during(LOOKS_OF_THE_COORDINATOR)
        .atMost(LoneCoordinator.PATIENCE)
        .until(() -> session(worker).welcomes() == welcomes);
    Files.createFile(end);

    assertThat(cluster.output("on-" + node)).contains("ended");
    assertThat(cluster.starts("on-" + node)).containsExactly("1 " + node);
    assertThat(session(worker).epoch()).isEqualTo(epoch);
    return true;
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  /** Waits for it; answers whether it came in time. */
  private static boolean by(Instant until, Condition condition) {
    await()
        .atMost(LoneCoordinator.PATIENCE)
        .until(() -> condition.holds() || Instant.now().isAfter(until));
    return Instant.now().isBefore(until);
  }

  private static String task(String node, Path begun, Path end) {
    String command =
        "touch '" + begun + "'; until [ -e '" + end + "' ]; do sleep 0.1; done; echo ended";
    return """
    document: {dsl: '1.0.3', namespace: test, name: long, version: 1.0.0}
    do:
      - work:
          run: {shell: {command: "%s"}}
          metadata: {capstan: {prefer: {which: %s}}}
    """
        .formatted(command, node);
  }

  /** Gives the node another certificate, for a short life; answers when that is over. */
  private Instant shorten(NodeHome home, Duration life) throws Exception {
    CertificateAuthority authority =
        Objects.requireNonNull(
            CertificateAuthority.load(directory.resolve("c1/security"), Purpose.NODES));
    var identity = Objects.requireNonNull(home.identity());
    home.keys()
        .install(
            Purpose.NODES,
            authority.sign(
                home.keys().request(Purpose.NODES, identity),
                new CertificateOrder(identity, List.of(), life, Instant.now())));
    return lifetime(home).until();
  }

  private static Lifetime lifetime(NodeHome home) throws IOException {
    return Objects.requireNonNull(home.keys().lifetime(Purpose.NODES));
  }

  private static SessionStatus session(WorkerNode worker) {
    return worker.status().sessions().getFirst();
  }
}
