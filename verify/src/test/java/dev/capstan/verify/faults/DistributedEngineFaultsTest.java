package dev.capstan.verify.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;
import dev.capstan.api.v1.AwaitNodeReply;
import dev.capstan.api.v1.AwaitNodeRequest;
import dev.capstan.api.v1.CoordinateConsensusReply;
import dev.capstan.api.v1.CoordinateConsensusRequest;
import dev.capstan.api.v1.DetectNodeFailureReply;
import dev.capstan.api.v1.DetectNodeFailureRequest;
import dev.capstan.api.v1.DistributedEngineGrpc;
import dev.capstan.api.v1.RegisterNodeReply;
import dev.capstan.api.v1.RegisterNodeRequest;
import dev.capstan.api.v1.ScheduleTaskReply;
import dev.capstan.api.v1.ScheduleTaskRequest;
import dev.capstan.api.v1.SynchronizeStateReply;
import dev.capstan.api.v1.SynchronizeStateRequest;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Consensus;
import dev.capstan.client.DistributedEngine;
import dev.capstan.client.DistributedTask;
import dev.capstan.client.Execution;
import dev.capstan.client.FailureDetection;
import dev.capstan.client.Node;
import dev.capstan.client.NodeRegistration;
import dev.capstan.client.PageRequest;
import dev.capstan.client.RegisteredNode;
import dev.capstan.client.StartRequest;
import dev.capstan.client.StateSync;
import dev.capstan.client.TaskDispatch;
import dev.capstan.node.config.NodeConfig;
import dev.capstan.node.discovery.Discoveries;
import dev.capstan.node.discovery.Discovery;
import dev.capstan.node.joining.Joining;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.sdk.node.WorkerNode;
import dev.capstan.security.identity.Role;
import dev.capstan.security.tls.Credential;
import dev.capstan.security.tls.NodeKeys;
import dev.capstan.security.tls.NodeTrust;
import dev.capstan.security.tls.Tls;
import dev.capstan.security.token.JoinToken;
import dev.capstan.worker.WorkerOptions;
import dev.capstan.worker.asyncapi.Broker;
import dev.capstan.worker.asyncapi.WireMessage;
import dev.capstan.worker.asyncapi.mqtt.MqttBroker;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The cluster as one engine, over TLS and with an API key, in Java and in gRPC at every
 * coordinator, and what it says when nodes hang and coordinators are gone. The tests go on from
 * each other, since processes cost seconds.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DistributedEngineFaultsTest {
  private static final String ECHO = "{\"run\": {\"shell\": {\"command\": \"echo hello\"}}}";
  private static final List<String> COORDINATORS = List.of("c1", "c2", "c3");

  @TempDir static Path directory;
  private static Fleet fleet;
  private static CapstanClient client;
  private static DistributedEngine engine;
  private static final List<AutoCloseable> OPEN = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    fleet = new Fleet(directory.resolve("fleet"), 3, 1);
    OPEN.add(fleet);
    Credential credential = fleet.credential();
    client =
        CapstanClient.builder()
            .servers(credential.servers())
            .token(credential.key())
            .tls(credential.tls())
            .build();
    OPEN.add(client);
    engine = new DistributedEngine(client);
  }

  @AfterAll
  static void stop() throws Exception {
    for (AutoCloseable each : OPEN.reversed()) {
      each.close();
    }
  }

  private static <T> T done(CompletableFuture<T> future) throws Exception {
    return future.get(90, TimeUnit.SECONDS);
  }

  private static DistributedEngineGrpc.DistributedEngineBlockingStub at(String coordinator)
      throws IOException {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer " + fleet.credential().key());
    return stranger(coordinator)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** One who shows no API key. */
  private static DistributedEngineGrpc.DistributedEngineBlockingStub stranger(String coordinator) {
    Credential credential = fleet.credential();
    NodeTrust trust =
        NodeTrust.of(credential.cluster(), List.of(credential.authority()))
            .only(Role.COORDINATOR)
            .build();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                fleet.grpc(coordinator).host(), fleet.grpc(coordinator).port())
            .sslContext(Tls.grpcClient(NodeKeys.none(), trust))
            .build();
    OPEN.add(channel::shutdownNow);
    return DistributedEngineGrpc.newBlockingStub(channel).withDeadlineAfter(90, TimeUnit.SECONDS);
  }

  private static String leader() throws Exception {
    return Objects.requireNonNull(done(engine.coordinateConsensus("t1")).leader());
  }

  private static String follower() throws Exception {
    String leader = leader();
    return COORDINATORS.stream().filter(each -> !each.equals(leader)).findFirst().orElseThrow();
  }

  /** A worker in this process. */
  private static void join(String name, String token) throws Exception {
    NodeConfig config = NodeConfig.ofDefaults().withSeeds(List.of(fleet.grpc("c1")));
    NodeConfig.NodeDiscovery found = config.nodeDiscovery();
    NodeConfig.NodeDiscovery seeds =
        new NodeConfig.NodeDiscovery(
            false,
            NodeConfig.DiscoveryProtocol.STATIC,
            found.heartbeatInterval(),
            found.seeds(),
            null,
            found.port(),
            List.of());
    NodeHome home = NodeHome.open(directory.resolve(name));
    try (Discovery discovery = Discoveries.open(seeds, null, null)) {
      new Joining(JoinToken.parse(token), Role.WORKER, name, null, home, _ -> {})
          .join(discovery, Duration.ofMinutes(1));
    }
    OPEN.add(
        WorkerNode.start(
            config,
            home,
            Discoveries.open(seeds, null, null),
            WorkerOptions.builder(name).workingDirectory(home.data().resolve("work"))));
  }

  @Test
  @Order(1)
  void whatAnyCoordinatorIsAskedInGrpcTheLeaderAnswers() throws Exception {
    TaskDispatch first =
        done(
            engine.scheduleDistributedTask(
                DistributedTask.of(new JsonMapper().readTree(ECHO)).withId("t1")));
    assertThat(first.node()).isEqualTo("w1");
    for (String coordinator : COORDINATORS) {
      ScheduleTaskReply dispatch =
          at(coordinator)
              .scheduleTask(
                  ScheduleTaskRequest.newBuilder()
                      .setTask(ByteString.copyFromUtf8(ECHO))
                      .setId("at-" + coordinator)
                      .build());
      // One answer waits for some seconds, which a replica on a full machine may need.
      SynchronizeStateReply sync =
          await()
              .atMost(ClusterView.PATIENCE)
              .until(
                  () ->
                      at(coordinator)
                          .synchronizeState(
                              SynchronizeStateRequest.newBuilder()
                                  .setExecution("at-" + coordinator)
                                  .build()),
                  SynchronizeStateReply::getInSync);
      CoordinateConsensusReply consensus =
          at(coordinator)
              .coordinateConsensus(
                  CoordinateConsensusRequest.newBuilder().setExecution("t1").build());
      DetectNodeFailureReply probe =
          await()
              .atMost(ClusterView.PATIENCE)
              .until(
                  () ->
                      at(coordinator)
                          .detectNodeFailure(
                              DetectNodeFailureRequest.newBuilder().setNode("w1").build()),
                  DetectNodeFailureReply::getAnswers);

      assertThat(dispatch.getNode()).as(coordinator).isEqualTo("w1");
      assertThat(sync.getInSync()).as(coordinator + ": " + sync).isTrue();
      assertThat(consensus.getConfirmed()).as(coordinator).isTrue();
      assertThat(probe.getAnswers()).as(coordinator).isTrue();
      assertThat(probe.getRoundMicros()).isPositive();
    }
  }

  @Test
  @Order(2)
  void withoutAKeyNoCoordinatorAnswers() {
    for (String coordinator : COORDINATORS) {
      assertThatThrownBy(() ->
              stranger(coordinator)
                  .detectNodeFailure(DetectNodeFailureRequest.newBuilder().setNode("w1").build()))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              refused ->
                  assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED));
    }
  }

  @Test
  @Order(3)
  void whatTheLeaderRefusesIsRefusedByTheFollowerToo() throws Exception {
    String follower = follower();
    assertThatThrownBy(() ->
            at(follower)
                .detectNodeFailure(DetectNodeFailureRequest.newBuilder().setNode("w77").build()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  @Test
  @Order(4)
  void aNodeThatIsRegisteredInJavaJoinsWithWhatItWasGiven() throws Exception {
    RegisteredNode registered = done(engine.registerNode(NodeRegistration.of("w2")));
    CompletableFuture<Node> joined = registered.joined();
    assertThat(done(client.nodes())).extracting(Node::name).doesNotContain("w2");
    assertThat(joined).isNotDone();

    join("w2", registered.token().token());

    assertThat(done(joined).status()).isEqualTo("active");
    assertThat(done(client.nodes()))
        .filteredOn(node -> node.name().equals("w2"))
        .extracting(Node::status)
        .containsExactly("active");
  }

  @Test
  @Order(5)
  void aNodeThatIsRegisteredInGrpcJoinsWithWhatItWasGiven() throws Exception {
    String follower = follower();
    RegisterNodeReply registered =
        at(follower).registerNode(RegisterNodeRequest.newBuilder().setNode("w3").build());
    CompletableFuture<AwaitNodeReply> joined =
        CompletableFuture.supplyAsync(() -> awaited(follower, "w3", 60_000));

    join("w3", registered.getToken());

    assertThat(done(joined).getStatus()).isEqualTo("active");
    assertThat(done(joined).getJoinedAtMillis()).isPositive();
    assertThat(done(client.node("w3")).status()).isEqualTo("active");
    assertThatThrownBy(() -> awaited(follower, "w4", 20))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            refused -> assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  private static AwaitNodeReply awaited(String coordinator, String node, long millis) {
    try {
      return at(coordinator)
          .awaitNode(AwaitNodeRequest.newBuilder().setNode(node).setWaitMillis(millis).build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a probe finds, as soon as it is so: a coordinator on a full machine may be late. */
  private static FailureDetection found(String node, Predicate<FailureDetection> wanted) {
    return await()
        .atMost(ClusterView.PATIENCE)
        .until(() -> done(engine.detectNodeFailure(node)), wanted);
  }

  @Test
  @Order(6)
  void aNodeThatHangsDoesNotAnswerAndOneThatGoesOnDoes() throws Exception {
    FailureDetection well = found("w1", FailureDetection::answers);
    fleet.pause("w1");
    FailureDetection hung = found("w1", probe -> !probe.status().equals("active"));
    fleet.go("w1");
    FailureDetection again =
        found("w1", probe -> probe.answers() && probe.status().equals("active"));

    assertThat(well.answers()).isTrue();
    assertThat(well.roundMicros()).isPositive();
    assertThat(hung.answers()).isFalse();
    assertThat(hung.status()).isIn("suspect", "lost");
    assertThat(again.answers()).isTrue();
  }

  @Test
  @Order(7)
  void aReplicaThatHangsIsNotInSyncUntilItHasCaughtUp() throws Exception {
    String follower = follower();
    fleet.pause(follower);
    for (int i = 0; i < 20; i++) {
      done(
          engine.scheduleDistributedTask(
              DistributedTask.of(new JsonMapper().readTree(ECHO)).withId("behind-" + i)));
    }
    StateSync behind =
        await()
            .atMost(ClusterView.PATIENCE)
            .until(
                () -> done(engine.synchronizeState("behind-19")),
                sync -> sync.replicas().stream().filter(StateSync.Replica::agrees).count() == 2);
    fleet.go(follower);
    StateSync together =
        await()
            .atMost(ClusterView.PATIENCE)
            .until(() -> done(engine.synchronizeState("behind-19")), StateSync::inSync);

    assertThat(behind.inSync()).isFalse();
    assertThat(behind.replicas())
        .filteredOn(replica -> replica.coordinator().equals(follower))
        .singleElement()
        .satisfies(replica -> {
          assertThat(replica.answers()).isFalse();
          assertThat(replica.agrees()).isFalse();
        });
    assertThat(behind.replicas()).filteredOn(StateSync.Replica::agrees).hasSize(2);
    assertThat(together.replicas())
        .hasSize(3)
        .allSatisfy(replica -> {
          assertThat(replica.digest()).isEqualTo(together.digest());
          assertThat(replica.lag()).isZero();
        });
  }

  /** What was not acknowledged is with the broker, which keeps it for the next subscriber. */
  @Test
  @Order(8)
  void aWorkerThatIsKilledAmidASubscriptionLosesNoMessageAndNoneIsTakenTwice() throws Exception {
    Path gate = directory.resolve("gate");
    try (MqttBroker broker = new MqttBroker()) {
      done(client.cordon("w2"));
      done(client.cordon("w3"));
      done(client.start(StartRequest.ofDefinition(hearing(broker, gate)).withId("hears")));
      await().atMost(ClusterView.PATIENCE).until(() -> broker.subscribers("numbers") == 1);
      for (int number : List.of(1, -1, 2, 3, -3, 4, 5, 6)) {
        broker.send("numbers", message(number));
      }
      // The second one is being handled, and the third one is in the hands of the worker.
      await()
          .atMost(ClusterView.PATIENCE)
          .until(() -> told("hears", "task.started").contains("gate w1"));
      await().atMost(ClusterView.PATIENCE).until(() -> broker.unacknowledged("numbers") == 5);

      fleet.kill("w1");
      done(client.uncordon("w2"));
      done(client.uncordon("w3"));
      await()
          .atMost(ClusterView.PATIENCE)
          .until(() ->
              told("hears", "task.started").stream()
                      .filter(each -> each.matches("(hear|gate) w[23]"))
                      .count()
                  == 2);
      Files.createFile(gate);

      Execution ended = done(client.end("hears"));
      assertThat(ended.status()).as("%s", ended).isEqualTo("completed");
      assertThat(String.valueOf(ended.output())).isEqualTo("[1,2,3,4,5,6]");
      assertThat(told("hears", "message.consumed")).hasSize(6);
      await().atMost(ClusterView.PATIENCE).until(() -> broker.unacknowledged("numbers") == 0);
    }
  }

  /** Takes six messages, and stays with the second one until a file is there. */
  private static String hearing(MqttBroker broker, Path gate) throws IOException {
    Path document = directory.resolve("asyncapi.yaml");
    Files.writeString(
        document,
        """
        asyncapi: 3.0.0
        info: { title: Numbers, version: 1.0.0 }
        servers: { main: { host: '%s', protocol: mqtt, bindings: { mqtt: { clientId: hears } } } }
        channels: { numbers: { address: numbers } }
        operations: { hear: { action: send, channel: { $ref: '#/channels/numbers' } } }
        """
            .formatted(broker.address()));
    return """
    document: {dsl: '1.0.3', namespace: test, name: hears, version: 1.0.0}
    do:
      - hear:
          call: asyncapi
          with:
            document: { endpoint: '%s' }
            operation: hear
            authentication: { basic: { username: %s, password: '%s' } }
            subscription:
              filter: '${ .payload > 0 }'
              consume: { amount: 6 }
              foreach:
                item: message
                do:
                  - gate:
                      if: '${ $message.payload == 2 }'
                      run: { shell: { command: 'i=0; until [ -e %s ] || [ $((i+=1)) -gt 2000 ]; do sleep 0.1; done' } }
                  - keep: { set: { number: '${ $message.payload }' } }
          output: { as: '${ map(.number) }' }
    """
        .formatted(document.toUri(), Broker.USER, Broker.PASSWORD, gate);
  }

  private static WireMessage message(int number) {
    return new WireMessage(
        Integer.toString(number).getBytes(StandardCharsets.UTF_8), Map.of(), null, null);
  }

  /** Tasks and nodes of the events of a kind. */
  private static List<String> told(String execution, String type) throws Exception {
    return done(client.history(execution, PageRequest.first(200))).items().stream()
        .filter(each -> each.type().equals(type))
        .map(each -> each.task() + " " + each.node())
        .toList();
  }

  @Test
  @Order(9)
  void withoutAMajorityNothingIsConfirmedAndThoseThatAnswerAreNamed() throws Exception {
    String left = follower();
    for (String coordinator : COORDINATORS) {
      if (!coordinator.equals(left)) {
        fleet.kill(coordinator);
      }
    }

    Consensus consensus = done(engine.coordinateConsensus("t1"));
    CoordinateConsensusReply inGrpc =
        at(left)
            .coordinateConsensus(
                CoordinateConsensusRequest.newBuilder().setExecution("t1").build());

    assertThat(consensus.confirmed()).isFalse();
    assertThat(consensus.answering()).containsExactly(left);
    assertThat(consensus.replicas()).containsExactlyInAnyOrderElementsOf(COORDINATORS);
    assertThat(consensus.needed()).isEqualTo(2);
    assertThat(inGrpc.getConfirmed()).isFalse();
    assertThat(inGrpc.getAnsweringList()).containsExactly(left);
  }
}
