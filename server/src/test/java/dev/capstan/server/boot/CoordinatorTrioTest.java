package dev.capstan.server.boot;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.capstan.core.execution.Status;
import dev.capstan.node.config.HostPort;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.Joining;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import dev.capstan.security.token.ApiKey;
import dev.capstan.security.token.JoinToken;
import dev.capstan.server.OwnPorts;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Interactions;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.CoordinatorView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.log.LogOptions;
import dev.capstan.server.membership.NewCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three coordinators in this process, with real certificates and connections. */
class CoordinatorTrioTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Principal ADMIN = new Principal("admin");

  /** A machine that is busy is silent for as long as a second now and then. */
  private static final Duration SILENCE = Duration.ofSeconds(3);

  /** Who takes over by it takes longer than a hand-over does on any machine. */
  private static final Duration LONG_SILENCE = Duration.ofSeconds(20);

  /** A snapshot is there, and the log behind it is gone, long before anybody is filled by it. */
  private static final LogOptions OFTEN = LogOptions.ofDefaults().withSnapshotEvery(20, 4 << 20);

  private static final Duration HOUR = Duration.ofHours(1);

  private static final String ASKING =
      """
      document: {dsl: '1.0.3', namespace: test, name: asking, version: '1.0.0'}
      do:
        - both:
            fork:
              branches:
                - person:
                    listen: {to: {one: {with: {type: test.decided}}}}
                    metadata: {capstan: {human: {title: 'Yes?', assignee: ada}}}
                - program:
                    listen: {to: {any: [{with: {type: test.changed}}], until: '. | length == 1'}}
                    foreach:
                      do:
                        - slow: {wait: {seconds: 5}}
                        - more: {set: {n: '${ $item.n + 1 }'}}
                    metadata: {capstan: {update: {name: change}}}
      """;

  @TempDir Path directory;

  private final Map<String, NodeConfig> configs = new HashMap<>();
  private final Map<String, LeapingClock> clocks = new HashMap<>();
  private final Map<String, Coordinator> running = new ConcurrentSkipListMap<>();
  private HostPort door;
  private ApiKey key;

  @BeforeEach
  void startAll() throws Exception {
    List<Integer> ports = OwnPorts.take(3);
    door = new HostPort("127.0.0.1", ports.getFirst());
    configs.put("c1", config(ports));
    key =
        NewCluster.create(
            home("c1"), "lab", ClusterCoordinator.place(config("c1"), "c1"), 1, Instant.now());
    start("c1");
    await().atMost(PATIENCE).until(() -> !atLeader(gateway -> invited(gateway)).isEmpty());
    for (String node : List.of("c2", "c3")) {
      join(node);
    }
    awaitReplicas("c1", "c2", "c3");
  }

  private NodeConfig config(String node) {
    return Objects.requireNonNull(configs.get(node), node);
  }

  private NodeConfig config(List<Integer> ports) {
    return withSilence(
        NodeConfig.ofDefaults()
            .withSeeds(List.of(door))
            .on("127.0.0.1", ports.get(0), ports.get(1), ports.get(2)),
        SILENCE);
  }

  private static NodeConfig withSilence(NodeConfig usual, Duration silence) {
    return new NodeConfig(
        usual.nodeDiscovery(),
        usual.scheduling(),
        usual.stateSync(),
        new NodeConfig.Consensus(usual.consensus().protocol(), silence, 1),
        // Streams of workers end for what a test does, however busy the machine is.
        new NodeConfig.FailureDetection(
            false,
            usual.failureDetection().detectionInterval(),
            usual.failureDetection().recoveryStrategy(),
            usual.failureDetection().recoveryTimeout()),
        usual.lifecycleEvents(),
        usual.node());
  }

  private NodeHome home(String node) {
    return NodeHome.open(directory.resolve(node));
  }

  private void start(String node) {
    running.put(
        node, ClusterCoordinator.start(config(node), home(node), Map.of(), OFTEN, clock(node)));
  }

  private LeapingClock clock(String node) {
    return clocks.computeIfAbsent(node, _ -> new LeapingClock());
  }

  private void join(String node) throws Exception {
    configs.put(node, config(OwnPorts.take(3)));
    join(node, Role.COORDINATOR, ClusterCoordinator.place(config(node), node));
    start(node);
  }

  private void join(String node, Role role, @Nullable CoordinatorPlace place) throws Exception {
    JoinToken token =
        JoinToken.parse(
            atLeader(gateway ->
                gateway
                    .invite(
                        ADMIN, Gateway.NodeRole.valueOf(role.name()), node, Duration.ofMinutes(5))
                    .thenApply(invitation -> invitation.token())));
    try (Discovery discovery = Discoveries.open(config("c1").nodeDiscovery(), null, null)) {
      Object _ =
          new Joining(token, role, node, place, home(node), _ -> {}).join(discovery, PATIENCE);
    }
  }

  private WorkerStream stream(String worker, String coordinator) throws Exception {
    return WorkerStream.open(
        home(worker).keys(),
        home("c1").keys(),
        worker,
        ClusterCoordinator.place(config(coordinator), coordinator).grpc());
  }

  private void stop(String node) {
    Objects.requireNonNull(running.remove(node), node).close();
  }

  @AfterEach
  void stopAll() {
    List.copyOf(running.keySet()).forEach(this::stop);
  }

  private String leader() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(
            () -> assertThat(running.values()).as(this::reports).anyMatch(Coordinator::leads));
    return running.entrySet().stream()
        .filter(each -> each.getValue().leads())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseGet(this::leader);
  }

  private String reports() {
    return running.entrySet().stream()
        .map(each -> each.getKey() + " tells " + each.getValue().gateway().cluster(ADMIN))
        .collect(Collectors.joining("\n"));
  }

  private Coordinator coordinator(String node) {
    return Objects.requireNonNull(running.get(node), node);
  }

  private String follower() {
    String leads = leader();
    return running.keySet().stream().filter(each -> !each.equals(leads)).findFirst().orElseThrow();
  }

  /**
   * As clients do it: what was refused because another one leads goes there, and so does what may
   * have been done if doing it twice is the same. A busy machine changes its leader at any moment.
   */
  private <T> T atLeader(Function<Gateway, CompletableFuture<T>> request) {
    while (true) {
      try {
        return request.apply(coordinator(leader()).gateway()).join();
      } catch (CompletionException e) {
        if (!(e.getCause() instanceof Refusal refusal) || !mayBeAskedAgain(refusal)) {
          throw e;
        }
      } catch (Refusal refusal) {
        if (!mayBeAskedAgain(refusal)) {
          throw refusal;
        }
      }
    }
  }

  private static boolean mayBeAskedAgain(Refusal refusal) {
    return refusal.code() == Refusal.Code.NOT_READY
        || refusal.code() == Refusal.Code.OUTCOME_UNKNOWN;
  }

  private void removeNode(String node) {
    Object _ =
        atLeader(gateway ->
            gateway
                .removeNode(ADMIN, node, true)
                .handle((_, failure) -> {
                  // Asked again, since nobody knew whether it was done: it was.
                  if (failure == null
                      || (failure instanceof Refusal refusal
                          && refusal.code() == Refusal.Code.NOT_FOUND)) {
                    return "";
                  }
                  throw failure instanceof RuntimeException e
                      ? e
                      : new IllegalStateException(failure);
                }));
  }

  private void putOut(String node) {
    Object _ = atLeader(gateway -> gateway.removeCoordinator(ADMIN, node).thenApply(_ -> ""));
  }

  private List<String> removals() {
    return coordinator(leader()).gateway().audit(ADMIN, 100, null).items().stream()
        .filter(entry -> entry.operation().equals("cluster.remove"))
        .map(entry -> entry.object() + " " + entry.result())
        .toList();
  }

  private static CompletableFuture<String> invited(Gateway gateway) {
    return gateway
        .invite(ADMIN, Gateway.NodeRole.WORKER, null, Duration.ofMinutes(5))
        .thenApply(invitation -> invitation.id());
  }

  private List<CoordinatorView> views() {
    return coordinator(leader()).gateway().cluster(ADMIN).coordinators();
  }

  private void awaitReplicas(String... nodes) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(views())
                .filteredOn(view -> view.role().equals("leader") || view.role().equals("follower"))
                .extracting(CoordinatorView::id)
                .containsExactly(nodes));
  }

  private List<String> invitedOf(String node) {
    List<String> invited = new ArrayList<>();
    String cursor = null;
    do {
      Page<AuditEntry> page = coordinator(node).gateway().audit(ADMIN, 200, cursor);
      page.items().stream()
          .filter(entry -> entry.operation().equals("cluster.invite"))
          .forEach(entry -> invited.add(entry.object()));
      cursor = page.next();
    } while (cursor != null);
    return invited;
  }

  /** Changes one after the other, and the longest time between two that were acknowledged. */
  private final class Load implements AutoCloseable {
    private final List<String> acknowledged = new ArrayList<>();
    private final AtomicBoolean ends = new AtomicBoolean();
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong count = new AtomicLong();
    private final Thread thread = Thread.ofPlatform().daemon().start(this::run);

    private void run() {
      long last = System.nanoTime();
      while (!ends.get()) {
        acknowledged.add(atLeader(CoordinatorTrioTest::invited));
        count.incrementAndGet();
        long now = System.nanoTime();
        longestNanos.accumulateAndGet(now - last, Math::max);
        last = now;
      }
    }

    private void awaitMore() {
      long before = count.get();
      await().atMost(PATIENCE).until(() -> count.get() > before + 5);
    }

    private List<String> end() throws InterruptedException {
      ends.set(true);
      assertThat(thread.join(PATIENCE)).isTrue();
      return List.copyOf(acknowledged);
    }

    @Override
    public void close() {
      ends.set(true);
    }
  }

  /** Nobody but the leader, who is told, stands for election before a long silence is over. */
  private String leaderOfPatientOnes() {
    String founder = leader();
    for (String other : List.copyOf(running.keySet())) {
      if (!other.equals(founder)) {
        stop(other);
        configs.put(other, withSilence(config(other), LONG_SILENCE));
        start(other);
        awaitReplicas("c1", "c2", "c3");
      }
    }
    return leader();
  }

  @Test
  void aLeaderThatStopsInOrderClosesItsDoorsWhenAnotherOneLeadsAndAllWereTold() throws Exception {
    Object _ = leaderOfPatientOnes();
    String spared = follower();
    Object _ =
        atLeader(gateway -> gateway.drainCoordinator(ADMIN, spared, true).thenApply(_ -> ""));
    await().atMost(PATIENCE).until(() -> !leader().equals(spared));
    String former = leader();
    Coordinator stopped = coordinator(former);
    List<String> seen = new ArrayList<>();
    try (Load load = new Load();
        HttpClient client = client()) {
      load.awaitMore();

      stopped.close(
          PATIENCE,
          () -> {
            seen.add(stopped.leads() ? "it leads" : "it leads no more");
            HttpResponse<String> ready = ask(client, former, "GET", "/readyz", "");
            seen.add("ready " + ready.statusCode() + ", " + leaderIn(ready));
            seen.add("a change is answered with " + invitedAtTheDoorOf(client, former));
            load.awaitMore();
            seen.add("all goes on");
          });
      running.remove(former);

      String next = leader();
      assertThat(seen)
          .containsExactly(
              "it leads no more",
              "ready 503, " + doorOf(next),
              "a change is answered with 201, close, " + doorOf(next),
              "all goes on");
      assertThat(next).as("a drained one is spared").isNotEqualTo(spared);
      load.awaitMore();
      List<String> acknowledged = load.end();
      assertThat(Duration.ofNanos(load.longestNanos.get())).isLessThan(LONG_SILENCE);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(invitedOf(next)).containsAll(acknowledged));
    }
  }

  private String invitedAtTheDoorOf(HttpClient client, String node) {
    HttpResponse<String> answer =
        ask(client, node, "POST", "/v1/cluster/join-tokens", "{\"role\":\"worker\"}");
    return answer.statusCode()
        + ", "
        + answer.headers().firstValue("Connection").orElse("")
        + ", "
        + leaderIn(answer);
  }

  private static String leaderIn(HttpResponse<String> answer) {
    return answer.headers().firstValue("Capstan-Leader").orElse("nobody");
  }

  private String doorOf(String node) {
    return "https://" + ClusterCoordinator.place(config(node), node).http();
  }

  private HttpClient client() throws IOException {
    NodeTrust coordinators =
        NodeTrust.of("lab", home("c1").keys().trusted(Purpose.NODES))
            .only(Role.COORDINATOR)
            .build();
    return HttpClient.newBuilder()
        .sslContext(Tls.httpClient(NodeKeys.none(), coordinators).context())
        .build();
  }

  private HttpResponse<String> ask(
      HttpClient client, String node, String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(doorOf(node) + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .header("Authorization", "Bearer " + key.text())
            .header("Content-Type", "application/json")
            .timeout(PATIENCE)
            .build();
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theLeaderIsPutOutUnderLoadAndAnotherOneLeadsBeforeItIsMissed() throws Exception {
    String former = leaderOfPatientOnes();
    List<String> others = running.keySet().stream().filter(n -> !n.equals(former)).toList();
    try (Load load = new Load()) {
      load.awaitMore();

      putOut(former);
      assertThat(coordinator(former).failure()).succeedsWithin(PATIENCE);
      load.awaitMore();

      List<String> acknowledged = load.end();
      assertThat(Duration.ofNanos(load.longestNanos.get())).isLessThan(LONG_SILENCE);
      stop(former);
      awaitReplicas(others.toArray(String[]::new));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(others)
                  .allSatisfy(node -> assertThat(invitedOf(node)).containsAll(acknowledged)));
    }
  }

  @Test
  void aNodeThatIsPutOutLosesItsStreamsEverywhereAlsoWhileTheDutiesWait() throws Exception {
    join("w1", Role.WORKER, null);
    join("w2", Role.WORKER, null);
    List<WorkerStream> removed = new ArrayList<>();
    List<WorkerStream> others = new ArrayList<>();
    CountDownLatch disk = new CountDownLatch(1);
    CountDownLatch waiting = new CountDownLatch(running.size());
    try {
      for (String coordinator : running.keySet()) {
        removed.add(stream("w1", coordinator));
        others.add(stream("w2", coordinator));
      }
      for (Coordinator each : running.values()) {
        each.duties()
            .once(() -> {
              waiting.countDown();
              awaitQuietly(disk);
            });
      }
      assertThat(waiting.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

      removeNode("w1");

      for (WorkerStream each : removed) {
        assertThat(each.farewell()).succeedsWithin(PATIENCE).isEqualTo("this node was removed");
        assertThat(each.ended()).succeedsWithin(PATIENCE);
      }
      assertThat(others).as("nobody has put these out").noneMatch(each -> each.ended().isDone());
    } finally {
      disk.countDown();
      removed.forEach(WorkerStream::close);
      others.forEach(WorkerStream::close);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void whoIsNeededForAMajorityStaysAndWhoIsDownGoes() {
    String down = follower();
    stop(down);
    String needed = follower();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(views())
                .filteredOn(view -> view.id().equals(down))
                .extracting(CoordinatorView::role)
                .containsExactly("unreachable"));

    assertThatThrownBy(
            () -> atLeader(gateway -> gateway.removeCoordinator(ADMIN, needed).thenApply(_ -> "")))
        .hasMessageContaining(down)
        .hasMessageContaining("would remain");
    putOut(down);
    putOut(down);

    assertThat(removals()).as("once, whoever asks again").containsExactly(down + " ok");
    assertThatThrownBy(() -> putOut("c9")).hasMessageContaining("There is no coordinator c9");
    awaitReplicas(running.keySet().toArray(String[]::new));
  }

  /** Who was put out stops at once, and its vote must be gone by then all the same. */
  @Test
  void oneAfterTheOtherIsPutOutUntilOneIsLeft() {
    while (running.size() > 1) {
      String leaving = follower();
      putOut(leaving);
      assertThat(coordinator(leaving).failure()).succeedsWithin(PATIENCE);
      stop(leaving);
      awaitReplicas(running.keySet().toArray(String[]::new));
      assertThat(atLeader(CoordinatorTrioTest::invited)).as("work goes on").isNotEmpty();
    }
  }

  @Test
  void aDrainedLeaderLetsAnotherOneLeadAndLeadsAgainOnlyWhenNobodyElseCan() {
    String drained = leader();
    Object _ =
        atLeader(gateway -> gateway.drainCoordinator(ADMIN, drained, true).thenApply(_ -> ""));

    await().atMost(PATIENCE).until(() -> !leader().equals(drained));
    await()
        .untilAsserted(() ->
            assertThat(views())
                .filteredOn(CoordinatorView::drained)
                .extracting(CoordinatorView::id)
                .containsExactly(drained));
    assertThat(atLeader(CoordinatorTrioTest::invited)).as("work goes on").isNotEmpty();
    String second = leader();
    stop(second);
    String third =
        running.keySet().stream().filter(node -> !node.equals(drained)).findFirst().orElseThrow();
    await().atMost(PATIENCE).until(() -> coordinator(third).leads());
    start(second);
    awaitReplicas("c1", "c2", "c3");

    for (String other : List.of(second, third)) {
      Object _ =
          atLeader(gateway -> gateway.drainCoordinator(ADMIN, other, true).thenApply(_ -> ""));
    }
    Object _ =
        atLeader(gateway -> gateway.drainCoordinator(ADMIN, drained, false).thenApply(_ -> ""));
    await().atMost(PATIENCE).until(() -> coordinator(drained).leads());
  }

  @Test
  void aLeaderWhoseClockLeapsAnHourFiresNothingEarlyAndLetsAnotherOneLead() {
    for (String node : running.keySet()) {
      await()
          .alias("each has compared its clock with the others'")
          .atMost(PATIENCE)
          .until(() -> clocksAhead(node).size() == 3);
    }
    begin("short", 2);
    begin("long", 1_800);
    String former = leader();
    List<String> acknowledged = new ArrayList<>();
    acknowledged.add(atLeader(CoordinatorTrioTest::invited));

    clock(former).leap(HOUR.toMillis());

    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> {
          acknowledged.add(atLeader(CoordinatorTrioTest::invited));
          return !leader().equals(former);
        });
    for (String node : running.keySet()) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(invitedOf(node)).containsAll(acknowledged));
      await()
          .alias("all see whose clock it is, and by how much")
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(clocksAhead(node).get(former)).isCloseTo(3_600, within(60.0)));
    }
    assertThat(atLeader(gateway -> gateway.await(ADMIN, "short", PATIENCE)).status())
        .isEqualTo(Status.COMPLETED);

    String second = leader();
    stop(second);
    String third =
        running.keySet().stream().filter(node -> !node.equals(former)).findFirst().orElseThrow();
    await()
        .alias("what was known of the clock is not forgotten while nobody is there to confirm it")
        .atMost(PATIENCE)
        .until(() -> coordinator(third).leads());
    assertThat(coordinator(third).gateway().execution(ADMIN, "long").status())
        .as("nothing came an hour early")
        .isEqualTo(Status.WAITING);

    clock(former).leap(0);
    start(second);
    await()
        .alias("the clock was put right")
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(clocksAhead(third).get(former)).isCloseTo(0, within(60.0)));
  }

  private void begin(String execution, int seconds) {
    String text =
        """
        document: {dsl: '1.0.3', namespace: test, name: waiting, version: '1.0.0'}
        do:
          - pause: {wait: {seconds: %d}}
        """
            .formatted(seconds);
    Gateway.StartRequest start =
        new Gateway.StartRequest(
            text,
            null,
            null,
            null,
            new ObjectMapper().createObjectNode(),
            execution,
            null,
            Map.of());
    Object _ = atLeader(gateway -> gateway.start(ADMIN, start));
  }

  private Map<String, Double> clocksAhead(String node) {
    Map<String, Double> ahead = new TreeMap<>();
    for (CoordinatorView view : coordinator(node).gateway().cluster(ADMIN).coordinators()) {
      Double seconds = view.clockAheadSeconds();
      if (seconds != null) {
        ahead.put(view.id(), seconds);
      }
    }
    return ahead;
  }

  @Test
  void whoWaitsForAPersonOrAnAnswerIsKnownToTheNextLeader() throws Exception {
    ObjectMapper json = new ObjectMapper();
    Gateway.StartRequest start =
        new Gateway.StartRequest(
            ASKING, null, null, null, json.createObjectNode(), "a1", null, Map.of());
    Object _ = atLeader(gateway -> gateway.start(ADMIN, start));
    Interactions.UpdateRequest update =
        new Interactions.UpdateRequest(
            "a1", "change", json.readTree("{\"n\":7}"), "once", PATIENCE);
    CompletableFuture<Interactions.UpdateView> waits = new CompletableFuture<>();
    // On a thread of its own: consensus needs the few threads that all futures share.
    Object _ =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                waits.complete(atLeader(gateway -> gateway.interactions().update(ADMIN, update)));
              } catch (RuntimeException e) {
                waits.completeExceptionally(e);
              }
            });
    await()
        .atMost(PATIENCE)
        .until(() ->
            coordinator(leader()).gateway().history(ADMIN, "a1", 0, 100).items().stream()
                .anyMatch(entry -> entry.type().equals("cloudevent.consumed")));

    String former = leader();
    Object _ =
        atLeader(gateway -> gateway.drainCoordinator(ADMIN, former, true).thenApply(_ -> ""));
    await().atMost(PATIENCE).until(() -> !leader().equals(former));

    assertThat(waits.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).answer())
        .as("asked again with its key, it was taken once")
        .isEqualTo(json.readTree("{\"n\":8}"));
    Interactions.HumanTaskFilter hers = new Interactions.HumanTaskFilter("ada", null, null, null);
    List<Interactions.HumanTaskView> open =
        coordinator(leader()).gateway().interactions().humanTasks(ADMIN, hers, 10, null).items();
    assertThat(open).extracting(Interactions.HumanTaskView::title).containsExactly("Yes?");
    assertThat(
            atLeader(gateway ->
                    gateway
                        .interactions()
                        .complete(ADMIN, open.getFirst().id(), BooleanNode.TRUE, "k"))
                .id())
        .isEqualTo(open.getFirst().id());
    assertThat(atLeader(gateway -> gateway.await(ADMIN, "a1", PATIENCE)).output())
        .isEqualTo(json.readTree("[[true],[{\"n\":8}]]"));
  }

  @Test
  void aFollowerThatComesBackOnOtherPortsIsFoundThere() throws Exception {
    String moved = follower();
    stop(moved);
    String missed = atLeader(CoordinatorTrioTest::invited);
    configs.put(moved, config(OwnPorts.take(3)));

    start(moved);

    await().atMost(PATIENCE).untilAsserted(() -> assertThat(invitedOf(moved)).contains(missed));
    await()
        .untilAsserted(() ->
            assertThat(views())
                .filteredOn(view -> view.id().equals(moved))
                .extracting(CoordinatorView::grpc)
                .containsExactly(ClusterCoordinator.place(config(moved), moved).grpc().toString()));
    awaitReplicas("c1", "c2", "c3");
  }

  @Test
  void aNewCoordinatorIsFilledByASnapshotWhereTheLogIsGone() throws Exception {
    String padding = ("#" + "x".repeat(1_000) + "\n").repeat(900);
    for (int i = 0; !isPurged(leader()); i++) {
      String text =
          """
          document: {dsl: '1.0.3', namespace: large, name: flow%d, version: '1.0.0'}
          do:
            - a: {set: {b: 1}}
          """
                  .formatted(i)
              + padding;
      Object _ = atLeader(gateway -> gateway.deploy(ADMIN, text, "flow"));
    }
    String token = atLeader(CoordinatorTrioTest::invited);

    join("c4");

    awaitReplicas("c1", "c2", "c3", "c4");
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(invitedOf("c4")).contains(token));
    await().alias("its log begins behind the snapshot").until(() -> isPurged("c4"));
    await()
        .untilAsserted(() ->
            assertThat(coordinator("c4").gateway().cluster(ADMIN).coordinators())
                .as("who belongs to the cluster is known there")
                .extracting(CoordinatorView::id)
                .containsExactly("c1", "c2", "c3", "c4"));
  }

  /**
   * Whether no log of a coordinator begins at its first entry any more. Looks at names alone, in
   * the one folder where no file but a log's comes and goes: coordinators write while this reads.
   */
  private boolean isPurged(String node) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> groups =
        Files.newDirectoryStream(directory.resolve(node).resolve("log"))) {
      for (Path group : groups) {
        try (DirectoryStream<Path> logs =
            Files.newDirectoryStream(group.resolve("current"), "log_*")) {
          logs.forEach(file -> names.add(String.valueOf(file.getFileName())));
        }
      }
    }
    return !names.isEmpty()
        && names.stream()
            .noneMatch(name -> name.startsWith("log_0-") || name.equals("log_inprogress_0"));
  }
}
