package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.AuditEntry;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Cluster;
import dev.capstan.client.Coordinator;
import dev.capstan.client.Node;
import dev.capstan.client.PageRequest;
import dev.capstan.client.RetryPolicy;
import dev.capstan.client.StateSync;
import dev.capstan.security.tls.Credential;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** What clients see of a cluster, and waiting for it. */
final class ClusterView implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Duration MOMENT = Duration.ofSeconds(2);
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final long SMALL_LAG = 200;

  private final Credential credential;
  private final CapstanClient client;
  private final List<CapstanClient> each = new ArrayList<>();

  ClusterView(Credential credential) {
    this.credential = credential;
    client = client(credential.servers(), RetryPolicy.ofDefaults()).build();
    credential.servers().forEach(server -> each.add(impatient(server)));
  }

  private CapstanClient.Builder client(List<String> servers, RetryPolicy retries) {
    return CapstanClient.builder()
        .servers(servers)
        .token(credential.key())
        .tls(credential.tls())
        .retries(retries);
  }

  /** Whoever asks one that stands still has better things to do than to wait for it. */
  private CapstanClient impatient(String server) {
    return client(List.of(server), RetryPolicy.NONE).timeouts(ANSWER, ANSWER).build();
  }

  /** Knows all coordinators, and retries as clients do by default. */
  CapstanClient client() {
    return client;
  }

  /** One for each coordinator, which asks that one alone and once. */
  List<CapstanClient> each() {
    return each;
  }

  /** Who leads, as all but some say. */
  String leader() {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(this::leads, name -> !name.isEmpty());
  }

  private String leads() {
    return leaderOf(CapstanClient.await(client.cluster()));
  }

  private static String leaderOf(Cluster seen) {
    return seen.coordinators().stream()
        .filter(coordinator -> coordinator.role().equals("leader"))
        .map(Coordinator::id)
        .findFirst()
        .orElse("");
  }

  /** Returns when another one than this leads; answers which. */
  String awaitLeaderOtherThan(String former) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(this::leads, name -> !name.isEmpty() && !name.equals(former));
  }

  /**
   * Who leads, as it says itself and every other coordinator as well, and did so within a moment.
   * What is done to it at once is done to the leader.
   */
  String certainLeader() {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(this::agreedLeader, name -> !name.isEmpty());
  }

  private String agreedLeader() {
    long begun = System.nanoTime();
    List<String> named =
        each.stream().map(one -> leaderOf(CapstanClient.await(one.cluster()))).toList();
    boolean once = named.stream().distinct().count() == 1;
    return once && System.nanoTime() - begun < MOMENT.toNanos() ? named.getFirst() : "";
  }

  /** Returns when so many coordinators lead or follow closely. */
  void awaitComplete(int coordinators) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions()
        .until(() ->
            CapstanClient.await(client.cluster()).coordinators().stream()
                    .filter(ClusterView::keepsUp)
                    .count()
                == coordinators);
  }

  private static boolean keepsUp(Coordinator coordinator) {
    Long lag = coordinator.lag();
    return coordinator.role().equals("leader")
        || (coordinator.role().equals("follower") && lag != null && lag < SMALL_LAG);
  }

  /** Returns when a node is as wanted. */
  Node awaitNode(Predicate<Node> wanted) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .ignoreExceptions()
        .until(
            () ->
                CapstanClient.await(client.nodes()).stream()
                    .filter(wanted)
                    .findFirst()
                    .orElseThrow(),
            _ -> true);
  }

  /**
   * Returns when the audit has an entry.
   *
   * @param limit how many of the latest entries are looked at
   */
  void awaitAudit(int limit, Predicate<AuditEntry> wanted) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .until(() ->
            CapstanClient.await(client.audit(PageRequest.first(limit))).items().stream()
                .anyMatch(wanted));
  }

  /** Returns when all replicas have everything of an execution, and the same. */
  void requireSync(String execution) {
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          StateSync sync = CapstanClient.await(client.stateSync(execution));
          assertThat(sync.inSync()).as("%s", sync).isTrue();
        });
  }

  void awaitStatus(String node, String status) {
    Node _ = awaitNode(each -> each.id().equals(node) && each.status().equals(status));
  }

  @Override
  public void close() {
    client.close();
    each.forEach(CapstanClient::close);
  }
}
