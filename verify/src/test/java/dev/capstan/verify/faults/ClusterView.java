package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.client.AuditEntry;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Cluster;
import dev.capstan.client.Coordinator;
import dev.capstan.client.Node;
import dev.capstan.client.PageRequest;
import dev.capstan.client.Partition;
import dev.capstan.client.RetryPolicy;
import dev.capstan.client.StateSync;
import dev.capstan.security.tls.Credential;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
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

  /** Into how many partitions the state is divided. */
  int partitions() {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .ignoreExceptions()
        .until(() -> CapstanClient.await(client.partitions()).size(), count -> count > 0);
  }

  /** Returns when each partition is led by another one than any of these. */
  void awaitLeadersOtherThan(String... former) {
    List<String> gone = List.of(former);
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(() ->
            leaders(client).stream().noneMatch(name -> name.isEmpty() || gone.contains(name)));
  }

  /**
   * Who leads a partition, as is said at every coordinator within a moment, and will not hand it
   * over. What is done to it at once is done to the leader.
   */
  String certainLeader(int partition) {
    AtomicReference<String> leader = new AtomicReference<>();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .untilAsserted(() -> leader.set(agreedLeader(partition)));
    return leader.get();
  }

  /** Returns when nothing of what is led is about to be handed over. */
  void awaitSettled() {
    for (int partition = 0; partition < partitions(); partition++) {
      String _ = certainLeader(partition);
    }
  }

  private String agreedLeader(int partition) {
    List<Coordinator> members = CapstanClient.await(client.cluster()).coordinators();
    List<String> names = members.stream().map(Coordinator::id).sorted().toList();
    long begun = System.nanoTime();
    List<List<String>> named = each.stream().map(ClusterView::leaders).toList();
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .as("the time in which each coordinator said who leads which partition")
        .isLessThan(MOMENT);
    List<String> leaders = named.getFirst();
    assertThat(named)
        .as("who leads which partition, as each says; the coordinators are %s", members)
        .containsOnly(leaders);
    assertThat(stays(partition, leaders, names))
        .as("partition %d of those led by %s stays there, among %s", partition, leaders, members)
        .isTrue();
    return leaders.get(partition);
  }

  /**
   * Leaderships are spread over the coordinators: beginning with whoever leads the first partition,
   * which stays there, each next one goes to the next coordinator.
   */
  private static boolean stays(int partition, List<String> leaders, List<String> members) {
    int first = members.indexOf(leaders.getFirst());
    return first >= 0
        && leaders.get(partition).equals(members.get((first + partition) % members.size()));
  }

  /** Who leads which partition, in order, as one coordinator sees it; empty for nobody. */
  private static List<String> leaders(CapstanClient one) {
    return CapstanClient.await(one.partitions()).stream()
        .sorted(Comparator.comparingInt(Partition::id))
        .map(each -> Objects.requireNonNullElse(each.leader(), ""))
        .toList();
  }

  /** Returns when so many coordinators lead or follow closely, and each partition is led. */
  void awaitComplete(int coordinators) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptionsInstanceOf(CapstanException.class)
        .untilAsserted(() -> {
          List<Coordinator> seen = CapstanClient.await(client.cluster()).coordinators();
          assertThat(seen).hasSize(coordinators).allMatch(ClusterView::keepsUp);
          assertThat(leaders(client)).doesNotContain("");
        });
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

  /**
   * Returns when these coordinators, and no others, have replicas with everything of some
   * executions, and the same.
   *
   * @param executions one of each partition
   */
  void requireSync(List<String> executions, List<String> coordinators) {
    Set<Integer> compared = new HashSet<>();
    for (String execution : executions) {
      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(CapstanException.class)
          .untilAsserted(() -> {
            StateSync sync = CapstanClient.await(client.stateSync(execution));
            assertThat(sync.inSync()).as("%s", sync).isTrue();
            assertThat(sync.replicas())
                .extracting(StateSync.Replica::coordinator)
                .containsExactlyInAnyOrderElementsOf(coordinators);
            compared.add(sync.partition());
          });
    }
    assertThat(compared).as("partitions whose replicas are the same").hasSize(partitions());
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
