package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.cluster.FreePorts;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.KeyFiles;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.tls.HttpTls;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import dev.capstan.security.token.ApiKey;
import dev.capstan.security.token.JoinToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster of processes with certificates, made by the commands that an operator types. The tests
 * go on from each other, since nodes cost seconds.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String HELLO =
      """
      document: { dsl: '1.0.3', namespace: test, name: hello, version: '1.0.0' }
      do:
        - greet: { run: { shell: { command: 'echo hello' } } }
      """;

  /** A task that prefers zone c and goes on until a file is there. */
  private static final String BUSY =
      """
      document: { dsl: '1.0.3', namespace: test, name: busy, version: '1.0.0' }
      do:
        - wait:
            run: { shell: { command: 'until [ -e %s ]; do sleep 0.1; done' } }
            metadata: { capstan: { prefer: { zone: c } } }
      """;

  private static final String PUBLISHED =
      """
      distributed_workflow_engine:
        node_discovery:    { enabled: true, protocol: "mdns", heartbeat_interval: 10s }
        scheduling:        { strategy: "load_balanced", max_tasks_per_node: 50 }
        state_sync:        { enabled: true, protocol: "raft", sync_interval: 5s }
        consensus:         { protocol: "raft", election_timeout: 2s }
        failure_detection: { enabled: true, detection_interval: 3s, recovery_strategy: "reassign" }
      """;

  private static final List<String> SLOW =
      List.of(
          "node_discovery.heartbeat_interval",
          "consensus.election_timeout",
          "failure_detection.detection_interval");

  @TempDir static Path directory;
  private static Shell shell;
  private static final Map<String, Started> NODES = new LinkedHashMap<>();
  private static final Map<String, List<Integer>> PORTS = new LinkedHashMap<>();

  @BeforeAll
  static void make() throws IOException {
    shell = Shell.in(directory);
    Files.writeString(directory.resolve("hello.yaml"), HELLO);
    Files.writeString(
        directory.resolve("node.yaml"),
        """
        distributed_workflow_engine:
          node_discovery: { protocol: static }
          node: { leave_grace_once: 10m }
          # No node of these tests falls silent but when the machine stands still.
          failure_detection: { detection_interval: 5s }
          consensus: { election_timeout: 1s }
        """);
    List<String> arguments = new ArrayList<>(List.of("cluster", "init", "--no-start"));
    arguments.addAll(node("c1"));
    arguments.addAll(listening("c1"));
    Ended made = shell.run(arguments.toArray(String[]::new));
    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(made.err())
        .contains("capstan server --config node.yaml --data c1 --bind 127.0.0.1 --http-port");
    shell = shell.with("CAPSTAN_CREDENTIAL", data("c1").resolve("admin.credential").toString());
    server("c1");
    process("c1").awaitTalk("is ready");
    server("c2", "--join", token("coordinator"));
    server("c3", "--join", token("coordinator"));
    worker("w1", "--join", token("worker"), "--label", "zone=a");
    worker("w2", "--join", token("worker"), "--label", "zone=b", "--slots", "7");
    for (Map.Entry<String, Started> each : NODES.entrySet()) {
      each.getValue().awaitTalk("is ready");
    }
    awaitRoles("leader", "follower", "follower");
  }

  @AfterAll
  static void stop() {
    NODES.values().forEach(Started::close);
  }

  private static Path data(String node) {
    return directory.resolve(node);
  }

  /** For gRPC, HTTP and other coordinators. */
  private static List<Integer> ports(String node) {
    return PORTS.computeIfAbsent(
        node, _ -> List.of(FreePorts.next(), FreePorts.next(), FreePorts.next()));
  }

  private static String log(String node) {
    try {
      return Files.readString(data(node).resolve("capstan.log.0"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> node(String name) {
    return node(name, name);
  }

  private static List<String> node(String name, String data) {
    String seed = "127.0.0.1:" + ports("c1").get(0);
    return List.of("--config", "node.yaml", "--name", name, "--data", data, "--seeds", seed);
  }

  private static List<String> listening(String name) {
    return List.of(
        "--bind", "127.0.0.1",
        "--grpc-port", ports(name).get(0).toString(),
        "--http-port", ports(name).get(1).toString(),
        "--peer-port", ports(name).get(2).toString());
  }

  private static Started server(String name, String... more) {
    List<String> arguments = new ArrayList<>(List.of("server"));
    arguments.addAll(node(name));
    arguments.addAll(listening(name));
    arguments.addAll(List.of(more));
    return launch(name, arguments);
  }

  private static Started worker(String name, String... more) {
    List<String> arguments = new ArrayList<>(List.of("worker"));
    arguments.addAll(node(name));
    arguments.addAll(List.of(more));
    return launch(name, arguments);
  }

  private static Started launch(String name, List<String> arguments) {
    Started started = shell.start(arguments.toArray(String[]::new));
    NODES.put(name, started);
    return started;
  }

  private static String token(String role) {
    // Asked again while coordinators come, and the one that leads may change.
    Ended made =
        await()
            .atMost(PATIENCE)
            .until(
                () -> ask("cluster", "join-token", "--role", role), ended -> ended.exitCode() == 0);
    return made.out().strip();
  }

  /** Asks a coordinator that runs. */
  private static Ended ask(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", door(running())));
    return shell.run(all.toArray(String[]::new));
  }

  private static String running() {
    return NODES.entrySet().stream()
        .filter(each -> each.getKey().startsWith("c") && each.getValue().isAlive())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  private static String door(String coordinator) {
    return "https://127.0.0.1:" + ports(coordinator).get(1);
  }

  private static List<JsonNode> coordinators() {
    Ended shown = ask("cluster", "status", "--output", "json");
    List<JsonNode> found = new ArrayList<>();
    if (shown.exitCode() == 0) {
      shown.json().path("coordinators").forEach(found::add);
    }
    return found;
  }

  private static void awaitRoles(String... roles) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() ->
            assertThat(coordinators())
                .extracting(each -> each.path("role").asText())
                .containsExactlyInAnyOrder(roles));
  }

  private static String leader() {
    return coordinators().stream()
        .filter(each -> each.path("role").asText().equals("leader"))
        .map(each -> each.path("id").asText())
        .findFirst()
        .orElseThrow();
  }

  private static Started process(String node) {
    return Objects.requireNonNull(NODES.get(node));
  }

  private static String statusOf(String worker) {
    Ended shown = ask("nodes", "show", worker, "--output", "json");
    return shown.exitCode() == 0 ? shown.json().path("status").asText() : shown.err();
  }

  @Test
  @Order(1)
  void workersAreThereWithWhatTheySayOfThemselves() {
    await().atMost(PATIENCE).until(() -> statusOf("w2").equals("active"));

    Ended shown = ask("nodes", "show", "w2", "--output", "json");

    assertThat(shown.json().path("slots").asInt()).isEqualTo(7);
    assertThat(shown.json().path("labels").path("zone").asText()).isEqualTo("b");
  }

  @Test
  @Order(2)
  void aWorkflowRunsThroughAnyDoor() {
    for (String coordinator : List.of("c1", "c2", "c3")) {
      Ended run = shell.run("run", "hello.yaml", "--server", door(coordinator), "--output", "json");

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.json().path("status").asText()).isEqualTo("completed");
    }
  }

  @Test
  @Order(3)
  void theCredentialIsForItsOwnerAlone() throws IOException {
    Path credential = data("c1").resolve("admin.credential");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(credential)))
        .isEqualTo("rw-------");
    assertThat(Credential.read(credential).servers())
        .as("also those that came after it was made, since any may be gone")
        .containsExactlyInAnyOrder(door("c1"), door("c2"), door("c3"));
    Path copy = Files.copy(credential, directory.resolve("open.credential"));
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));

    Ended refused = ask("nodes", "--credential", copy.toString());

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("others may read the credential", "chmod 600");
  }

  @Test
  @Order(4)
  void nobodyGetsInWithoutAKeyOfTheCluster() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(believer().context()).build()) {
      assertThat(status(client, "/livez", "")).isEqualTo(200);
      assertThat(status(client, "/v1/executions", "")).isEqualTo(401);
      assertThat(status(client, "/metrics", "")).isEqualTo(401);
      String foreign = ApiKey.fresh(new SecureRandom()).text();
      assertThat(status(client, "/v1/executions", foreign)).isEqualTo(401);
    }
  }

  private static int status(HttpClient client, String path, String key) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(door("c1") + path));
    if (!key.isEmpty()) {
      request.header("Authorization", "Bearer " + key);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  /** Believes the cluster's coordinators, and shows nothing. */
  private static HttpTls believer() throws IOException {
    KeyFiles files = KeyFiles.open(data("w1").resolve("security"));
    return Tls.httpClient(
        NodeKeys.none(), NodeTrust.of("capstan", files.trusted(Purpose.NODES)).build());
  }

  @Test
  @Order(5)
  void everySocketThatListensSpeaksTls13AndNothingElse() throws Exception {
    for (Map.Entry<String, Started> each : NODES.entrySet()) {
      Set<Integer> listening = ListeningPorts.of(each.getValue().pid());
      assertThat(listening)
          .as("of %s; workers connect outwards only", each.getKey())
          .isEqualTo(each.getKey().startsWith("c") ? Set.copyOf(ports(each.getKey())) : Set.of());
      for (int port : listening) {
        assertThat(TlsProbe.protocols(port)).as("port %s", port).containsExactly("TLSv1.3");
        assertThat(TlsProbe.answersInPlain(port)).as("port %s", port).isFalse();
      }
    }
  }

  @Test
  @Order(6)
  void aWorkersCertificateDoesNotOpenTheConsensusPort() throws IOException {
    KeyFiles files = KeyFiles.open(data("w1").resolve("security"));
    NodeKeys keys = NodeKeys.of(Objects.requireNonNull(files.credential(Purpose.NODES)));
    KeyFiles peers = KeyFiles.open(data("c2").resolve("security"));
    NodeTrust trust = NodeTrust.of("capstan", peers.trusted(Purpose.PEERS)).build();

    for (String coordinator : List.of("c1", "c2", "c3")) {
      assertThatThrownBy(() -> knock(keys, trust, ports(coordinator).get(2)))
          .isInstanceOf(IOException.class);
      await().atMost(PATIENCE).until(() -> log(coordinator).contains("Refused a connection"));
    }
    // Also those that do not lead: they tell the one that does.
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(audited("cluster.connect", "UNKNOWN_AUTHORITY")).contains("c1", "c2", "c3"));
  }

  private static void knock(NodeKeys keys, NodeTrust trust, int port) throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            Tls.httpClient(keys, trust)
                .context()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.startHandshake();
      // With TLS 1.3 a client hears of its certificate's refusal when it reads.
      assertThat(socket.getInputStream().read()).isNegative();
      throw new IOException("the connection was closed");
    }
  }

  /** The objects of refused operations whose detail has a text. */
  private static List<String> audited(String operation, String text) {
    List<String> objects = new ArrayList<>();
    for (JsonNode entry : ask("audit", "--output", "json", "--limit", "200").json()) {
      if (entry.path("operation").asText().equals(operation)
          && entry.path("result").asText().equals("refused")
          && entry.path("detail").asText().contains(text)) {
        objects.add(entry.path("object").asText());
      }
    }
    return objects;
  }

  @Test
  @Order(7)
  void aTokenIsGoodForOneNodeOfItsRole() {
    String token = token("worker");
    Ended wrongRole = join("server", "c9", "c9", token);
    assertThat(wrongRole.exitCode()).isEqualTo(5);
    assertThat(wrongRole.err()).contains("The join token is for another role");

    Ended taken = join("worker", "w1", "another", token);
    assertThat(taken.exitCode()).isEqualTo(5);
    assertThat(taken.err()).contains("The cluster has a node w1 already", "--name");

    Started third = worker("w3", "--join", token);
    third.awaitTalk("is ready");
    Ended used = join("worker", "w4", "w4", token);
    assertThat(used.exitCode()).isEqualTo(5);
    assertThat(used.err()).contains("The join token has been used");

    assertThat(ask("audit", "--output", "json").out())
        .contains("\"cluster.join\"", "\"refused\"", "The join token has been used");
  }

  @Test
  @Order(7)
  void aCoordinatorThatCanNotListenIsNotTakenIn() {
    int taken = ports("c1").get(2);
    PORTS.put("c8", List.of(FreePorts.next(), FreePorts.next(), taken));

    Ended busy = join("server", "c8", "c8", token("coordinator"));

    assertThat(busy.exitCode()).as(busy.err()).isEqualTo(4);
    assertThat(busy.err()).contains("Port " + taken + " on 127.0.0.1 is taken by");
    assertThat(coordinators())
        .extracting(each -> each.path("id").asText())
        .containsExactlyInAnyOrder("c1", "c2", "c3");
  }

  private static Ended join(String role, String name, String data, String token, String... more) {
    List<String> arguments = new ArrayList<>(List.of(role));
    arguments.addAll(node(name, data));
    if (role.equals("server")) {
      arguments.addAll(listening(name));
    }
    arguments.addAll(List.of("--join", token));
    arguments.addAll(List.of(more));
    return shell.run(arguments.toArray(String[]::new));
  }

  @Test
  @Order(8)
  void aTokenOfAnotherClusterIsNotSentToThisOne() {
    CertificateAuthority foreign =
        CertificateAuthority.create(Purpose.NODES, "another", Instant.now());
    String token = JoinToken.fresh(new SecureRandom(), foreign.pin()).text();

    Ended ended = worker("stranger", "--join", token).awaitEnd();
    assertThat(ended.exitCode()).isEqualTo(5);
    assertThat(ended.err()).contains("Only coordinators of other", "the join token is for: its");
    assertThat(ask("audit", "--output", "json").out()).doesNotContain("stranger");
  }

  @Test
  @Order(9)
  void aDirectoryIsThatOfOneNode() {
    Ended server = shell.run("server", "--data", "w1");
    assertThat(server.exitCode()).isEqualTo(1);
    assertThat(server.err()).contains("is that of worker w1", "--data");

    Ended second = shell.run("worker", "--data", "w1");
    assertThat(second.exitCode()).isEqualTo(4);
    assertThat(second.err()).contains("uses the data directory");

    Ended renamed = shell.run("worker", "--data", "w1", "--name", "w9");
    assertThat(renamed.exitCode()).isEqualTo(2);
    assertThat(renamed.err())
        .contains("CAP-8104", "is that of worker w1 of cluster capstan", "told to be w9");

    CertificateAuthority foreign =
        CertificateAuthority.create(Purpose.NODES, "another", Instant.now());
    String token = JoinToken.fresh(new SecureRandom(), foreign.pin()).text();
    Ended elsewhere = shell.run("worker", "--data", "w1", "--join", token);
    assertThat(elsewhere.exitCode()).isEqualTo(2);
    assertThat(elsewhere.err()).contains("CAP-8104", "the join token is for another cluster");

    Ended nothing = shell.run("server", "--data", "empty");
    assertThat(nothing.exitCode()).isEqualTo(2);
    assertThat(nothing.err()).contains("belongs to no cluster", "capstan cluster init", "--join");

    Ended again = shell.run("cluster", "init", "--data", "c1");
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("is that of coordinator c1 of cluster capstan");
  }

  @Test
  @Order(10)
  void aWorkerThatIsRemovedIsCutOffAndStops() {
    await().atMost(PATIENCE).until(() -> statusOf("w3").equals("active"));
    assertThat(ask("nodes", "drain", "w3").exitCode()).isZero();

    Ended removed = ask("nodes", "remove", "w3");

    assertThat(removed.exitCode()).as(removed.err()).isZero();
    Ended ended = process("w3").awaitEnd();
    assertThat(ended.exitCode()).isEqualTo(5);
    assertThat(ended.err()).contains("the cluster does not want this node any more");
    Started back = worker("w3");
    back.awaitTalk("no coordinator leads this worker yet");
    assertThat(back.err()).doesNotContain("is ready");
    back.kill();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(audited("cluster.connect", "worker w3")).isNotEmpty());
  }

  @Test
  @Order(11)
  void aBusyWorkerIsPutOutByForceAndItsTaskRunsElsewhere() throws IOException {
    worker("w5", "--join", token("worker"), "--label", "zone=c").awaitTalk("is ready");
    Files.writeString(directory.resolve("busy.yaml"), BUSY.formatted(directory.resolve("go")));
    Started run = shell.start("run", "busy.yaml", "--server", door(running()), "--output", "json");
    await().atMost(PATIENCE).until(() -> runningOn("w5") == 1);
    Ended busy = ask("nodes", "remove", "w5");
    assertThat(busy.exitCode()).isEqualTo(4);
    assertThat(busy.err()).contains("Drain it first");

    Ended removed = ask("nodes", "remove", "w5", "--force");

    assertThat(removed.exitCode()).as(removed.err()).isZero();
    Ended ended = process("w5").awaitEnd();
    assertThat(ended.exitCode()).isEqualTo(5);
    assertThat(Files.readString(data("w5").resolve("capstan.log.0")))
        .contains("The coordinator rejects this node");
    await().atMost(PATIENCE).until(() -> runningOn("w1") + runningOn("w2") == 1);
    Files.writeString(directory.resolve("go"), "");
    Ended completed = run.awaitEnd();
    assertThat(completed.exitCode()).as(completed.err()).isZero();
    String history = ask("history", completed.json().path("id").asText(), "--output", "json").out();
    assertThat(history).contains("node w5 was removed").containsPattern("\"node\" ?: ?\"w[12]\"");
    assertThat(ask("audit", "--output", "json").out()).contains("by force");
    Started back = worker("w5");
    back.awaitTalk("no coordinator leads this worker yet");
    back.kill();
  }

  private static int runningOn(String worker) {
    Ended shown = ask("nodes", "show", worker, "--output", "json");
    return shown.exitCode() == 0 ? shown.json().path("running").asInt() : -1;
  }

  @Test
  @Order(12)
  void whatCanNotWorkStopsTheStart() throws Exception {
    Files.writeString(
        directory.resolve("bad.yaml"),
        "distributed_workflow_engine:\n  node: { labels: { my zone: a } }\n");
    Ended config = shell.run("worker", "--config", "bad.yaml", "--data", "bad");
    assertThat(config.exitCode()).isEqualTo(2);
    assertThat(config.err())
        .contains("CAP-8102", "bad.yaml:2:21", "\"my zone\" of \"labels\" is no name of a label");

    Ended slots = shell.run("worker", "--data", "bad", "--slots", "10001");
    assertThat(slots.exitCode()).isEqualTo(2);
    assertThat(slots.err()).contains("--slots is 10001", "from 1 to 10000");

    Ended label = shell.run("worker", "--data", "bad", "--label", "my zone=a");
    assertThat(label.exitCode()).isEqualTo(2);
    assertThat(label.err()).contains("--label has \"my zone=a\"");

    stopForThreeDays("old");
    Ended old =
        shell.run("worker", "--config", "node.yaml", "--data", "old", "--seeds", "127.0.0.1:7481");
    assertThat(old.exitCode()).isEqualTo(2);
    assertThat(old.err())
        .contains("The certificate of worker old expired at", "capstan nodes remove old");
  }

  /** The directory of a worker that was let in three days ago, and has not run since. */
  private static void stopForThreeDays(String worker) throws Exception {
    Instant then = Instant.now().minus(Duration.ofDays(3));
    CertificateAuthority authority =
        Objects.requireNonNull(
            CertificateAuthority.load(data("c1").resolve("security"), Purpose.NODES));
    NodeIdentity identity = NodeIdentity.worker("capstan", worker);
    KeyFiles keys = NodeHome.open(data(worker)).keys();
    keys.trust(Purpose.NODES, List.of(authority.certificate()));
    keys.install(
        Purpose.NODES,
        authority.sign(
            keys.request(Purpose.NODES, identity), CertificateOrder.worker(identity, then)));
  }

  @Test
  @Order(13)
  void aWorkerThatLeavesHandsBackAtOnceWhatMayRunElsewhere() throws IOException {
    Path begun = directory.resolve("begun");
    Path end = directory.resolve("end");
    define(
        "movable",
        "if [ -e '" + begun + "' ]; then echo moved; else touch '" + begun + "'; sleep 600; fi",
        "{ prefer: { zone: b } }");
    Path onceBegun = directory.resolve("once-begun");
    define(
        "once",
        "touch '" + onceBegun + "'; until [ -e '" + end + "' ]; do sleep 0.1; done; echo ended",
        "{ prefer: { zone: b }, recovery: fail }");
    String movable = started("movable");
    String once = started("once");
    await().atMost(PATIENCE).until(() -> Files.exists(begun) && Files.exists(onceBegun));
    process("w2").signal("TERM");

    Ended moved = ask("watch", movable, "--timeout", "60s");
    assertThat(moved.out())
        .as("it runs while its node still waits for the other")
        .contains("moved");
    assertThat(process("w2").isAlive()).isTrue();
    Files.createFile(end);
    assertThat(ask("watch", once, "--timeout", "60s").out()).contains("ended");
    process("w2").awaitEnd();

    assertThat(startsOf(movable)).containsExactly("1 w2", "2 w1");
    assertThat(ask("history", movable).out())
        .contains("node w2 handed it back: the node left before the attempt ended")
        .doesNotContain("is lost");
    assertThat(startsOf(once)).containsExactly("1 w2");
    await().atMost(PATIENCE).until(() -> statusOf("w2").equals("left"));
    worker("w2").awaitTalk("is ready");
    await().atMost(PATIENCE).until(() -> statusOf("w2").equals("active"));
  }

  private static void define(String name, String command, String wants) throws IOException {
    Files.writeString(
        directory.resolve(name + ".yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: %s, version: '1.0.0' }
        do:
          - work:
              run: { shell: { command: "%s" } }
              metadata: { capstan: %s }
        """
            .formatted(name, command, wants));
    assertThat(ask("deploy", name + ".yaml").exitCode()).isZero();
  }

  private static String started(String name) {
    Ended started = ask("start", "test/" + name);
    assertThat(started.exitCode()).as(started.err()).isZero();
    return started.out().strip();
  }

  /** Attempt and node of each start of the only task, in order. */
  private static List<String> startsOf(String execution) {
    List<String> starts = new ArrayList<>();
    JsonNode history = ask("history", execution, "--output", "json").json();
    (history.isArray() ? history : history.path("events"))
        .forEach(event -> {
          if (event.path("type").asText().equals("task.started") && event.has("node")) {
            starts.add(event.path("attempt").asText() + " " + event.path("node").asText());
          }
        });
    return starts;
  }

  @Test
  @Order(14)
  void aLeaderThatDiesIsReplacedAndComesBack() {
    String leader = leader();
    process(leader).kill();

    Ended run = ask("run", "hello.yaml", "--output", "json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(leader()).isNotEqualTo(leader);
    awaitRoles("leader", "follower", "unreachable");
    assertThat(
            Stream.of("c1", "c2", "c3").filter(each -> !each.equals(leader)).map(ClusterTest::log))
        .as("somebody has seen that the process has ended")
        .anyMatch(text -> text.contains("The process of " + leader + ", which led, has ended"));
    server(leader).awaitTalk("is ready");
    awaitRoles("leader", "follower", "follower");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(coordinators())
                .allSatisfy(each -> assertThat(each.path("lag").asLong()).isZero()));
  }

  @Test
  @Order(15)
  void aCoordinatorThatIsRemovedStopsAndAnotherTakesItsPlace() {
    String leader = leader();

    Ended removed = ask("cluster", "remove", leader);

    assertThat(removed.exitCode()).as(removed.err()).isZero();
    Ended ended = process(leader).awaitEnd();
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("Coordinator " + leader + " was put out of the cluster");
    awaitRoles("leader", "follower");
    String other = "127.0.0.1:" + ports(running()).get(0);
    Ended back = join("server", leader, "anew", token("coordinator"), "--seeds", other);
    assertThat(back.err()).contains("was put out of the cluster", "--name");
    server("c4", "--join", token("coordinator"), "--seeds", other).awaitTalk("is ready");
    awaitRoles("leader", "follower", "follower");
    Ended run = shell.run("run", "hello.yaml", "--server", door("c4"), "--output", "json");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  @Test
  @Order(16)
  void aCoordinatorThatWasRemovedWhileItHungIsToldAndStops() {
    Started hung = process("c4");
    hung.signal("STOP");
    long before = changesOfReplicas();
    await().atMost(PATIENCE).until(() -> ask("cluster", "remove", "c4").exitCode() == 0);
    await("its vote is gone").atMost(PATIENCE).until(() -> changesOfReplicas() > before);

    hung.signal("CONT");
    Ended ended = hung.awaitEnd();
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("Coordinator c4 was put out of the cluster");
    assertThat(log("c4")).contains("It says that this coordinator was put out of the cluster");
    awaitRoles("leader", "follower");
  }

  private static long changesOfReplicas() {
    return Stream.of("c1", "c2", "c3")
        .flatMap(each -> log(each).lines())
        .filter(line -> line.contains("The replicas are ["))
        .count();
  }

  @Test
  @Order(17)
  void aDrainedCoordinatorLetsAnotherOneLead() {
    String leader = leader();

    Ended drained = ask("cluster", "drain", leader);

    assertThat(drained.exitCode()).as(drained.err()).isZero();
    await().atMost(PATIENCE).ignoreExceptions().until(() -> !leader().equals(leader));
    await()
        .atMost(PATIENCE)
        .until(() -> ask("cluster", "status").out().contains("follower, drained"));
    assertThat(ask("cluster", "undrain", leader).exitCode()).isZero();
    await().atMost(PATIENCE).until(() -> !ask("cluster", "status").out().contains("drained"));
    assertThat(ask("audit", "--output", "json").out()).contains("cluster.drain", "cluster.undrain");
  }

  /** With the values that were published first, which are slower than what is promised. */
  @Test
  @Order(18)
  void thePublishedConfigurationStartsACoordinatorInTheBackgroundAndAWorker() throws IOException {
    Files.writeString(directory.resolve("published.yaml"), PUBLISHED);
    String grpc = "127.0.0.1:" + ports("solo").get(0);
    List<String> arguments =
        new ArrayList<>(
            List.of("cluster", "init", "--config", "published.yaml", "--cluster", "solo"));
    arguments.addAll(List.of("--name", "solo", "--data", "solo"));
    arguments.addAll(listening("solo"));
    Ended made = shell.run(arguments.toArray(String[]::new));
    Matcher process =
        Pattern.compile("running +process (\\d+) in the background").matcher(made.err());
    assertThat(process.find()).as(made.err()).isTrue();
    ProcessHandle coordinator = ProcessHandle.of(Long.parseLong(process.group(1))).orElseThrow();
    try {
      assertThat(made.exitCode()).isZero();
      assertThat(warnings(made.err())).containsExactlyElementsOf(SLOW);
      String printed = Files.readString(data("solo").resolve("server.out"));
      assertThat(warnings(printed)).containsExactlyElementsOf(SLOW);
      await()
          .atMost(PATIENCE)
          .until(() ->
              Files.readString(data("solo").resolve("server.out")).contains("is ready after"));
      Shell there =
          shell.with("CAPSTAN_CREDENTIAL", data("solo").resolve("admin.credential").toString());
      await().atMost(PATIENCE).until(() -> there.run("cluster", "status").exitCode() == 0);
      Ended token = there.run("cluster", "join-token", "--role", "worker");
      assertThat(token.exitCode()).as(token.err()).isZero();
      Started worker =
          launch(
              "solo-worker",
              List.of(
                  "worker",
                  "--config",
                  "published.yaml",
                  "--name",
                  "solo-worker",
                  "--data",
                  "solo-worker",
                  "--seeds",
                  grpc,
                  "--join",
                  token.out().strip()));
      worker.awaitTalk("is ready");
      assertThat(warnings(worker.err())).containsExactlyElementsOf(SLOW);
      Ended run = there.run("run", "hello.yaml", "--server", door("solo"), "--output", "json");
      assertThat(run.exitCode()).as(run.err()).isZero();
    } finally {
      coordinator.destroyForcibly();
      coordinator.onExit().join();
    }
  }

  /** The key that each warning is about. */
  private static List<String> warnings(String printed) {
    return printed
        .lines()
        .filter(line -> line.contains("warning: "))
        .map(line -> line.replaceFirst(".*warning: (\\S+).*", "$1"))
        .toList();
  }
}
