package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;
import dev.capstan.api.v1.CoordinateConsensusReply;
import dev.capstan.api.v1.CoordinateConsensusRequest;
import dev.capstan.api.v1.DetectNodeFailureReply;
import dev.capstan.api.v1.DetectNodeFailureRequest;
import dev.capstan.api.v1.DistributedEngineGrpc;
import dev.capstan.api.v1.ScheduleTaskReply;
import dev.capstan.api.v1.ScheduleTaskRequest;
import dev.capstan.api.v1.SynchronizeStateReply;
import dev.capstan.api.v1.SynchronizeStateRequest;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Consensus;
import dev.capstan.client.DistributedEngine;
import dev.capstan.client.DistributedTask;
import dev.capstan.client.FailureDetection;
import dev.capstan.client.StateSync;
import dev.capstan.client.TaskDispatch;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cluster as one engine, asked in Java over HTTP and in gRPC. */
class DistributedEngineTest {
  private static final String ECHO = "{\"run\": {\"shell\": {\"command\": \"echo hello\"}}}";
  private static final String NOBODY =
      "{\"run\": {\"shell\": {\"command\": \"true\"}}, \"metadata\": {\"capstan\": {\"require\": {\"gpu\": true}}}}";

  @TempDir Path directory;
  private Trio trio;
  private CapstanClient client;
  private DistributedEngine engine;

  @BeforeEach
  void start() {
    trio = new Trio(directory);
    trio.work("w1", 4);
    client =
        CapstanClient.builder().server(trio.door(trio.followers().getFirst()).toString()).build();
    engine = new DistributedEngine(client);
    await().atMost(Trio.PATIENCE).until(() -> client.nodes().get(90, TimeUnit.SECONDS).size() == 1);
  }

  @AfterEach
  void stop() {
    client.close();
    trio.close();
  }

  private static JsonNode json(String text) throws IOException {
    return new JsonMapper().readTree(text);
  }

  @Test
  void aTaskIsDispatchedAndItsStateIsEverywhere() throws Exception {
    DistributedTask task = DistributedTask.of(json(ECHO)).withName("greet").withId("t1");

    TaskDispatch dispatch = engine.scheduleDistributedTask(task).get(90, TimeUnit.SECONDS);
    TaskDispatch again = engine.scheduleDistributedTask(task).get(90, TimeUnit.SECONDS);
    // One answer waits for some seconds, which a replica on a full machine may need.
    StateSync sync =
        await()
            .atMost(Trio.PATIENCE)
            .until(
                () -> engine.synchronizeState("t1").get(90, TimeUnit.SECONDS), StateSync::inSync);
    Consensus consensus = engine.coordinateConsensus("t1").get(90, TimeUnit.SECONDS);

    assertThat(dispatch.execution()).isEqualTo("t1");
    assertThat(dispatch.node()).isEqualTo("w1");
    assertThat(dispatch.task()).isEqualTo("greet");
    assertThat(dispatch.attempt()).isEqualTo(1);
    assertThat(again).isEqualTo(dispatch);
    assertThat(sync.inSync()).as(sync.toString()).isTrue();
    assertThat(sync.replicas()).hasSize(3);
    assertThat(consensus.confirmed()).isTrue();
    assertThat(consensus.leader()).isEqualTo(trio.leader());
  }

  @Test
  void aTaskWithoutANodeIsToldToWait() throws Exception {
    ManagedChannel channel = channel(trio.leader());
    try {
      ScheduleTaskReply reply =
          stub(channel)
              .scheduleTask(
                  ScheduleTaskRequest.newBuilder()
                      .setTask(ByteString.copyFromUtf8(NOBODY))
                      .setId("t2")
                      .setWaitMillis(50)
                      .build());

      assertThat(reply.getExecution()).isEqualTo("t2");
      assertThat(reply.hasNode()).isFalse();
    } finally {
      channel.shutdownNow();
    }
  }

  /** What a probe of w1 finds, as soon as it is so. */
  private FailureDetection found(Predicate<FailureDetection> wanted) {
    return await()
        .atMost(Trio.PATIENCE)
        .until(() -> engine.detectNodeFailure("w1").get(90, TimeUnit.SECONDS), wanted);
  }

  @Test
  void aNodeThatIsThereAnswersAndOneThatIsGoneDoesNot() throws Exception {
    FailureDetection there = found(probe -> probe.answers() && probe.status().equals("active"));
    trio.worker("w1").close();
    FailureDetection gone = found(probe -> probe.status().equals("left"));

    assertThat(there.answers()).isTrue();
    assertThat(there.status()).isEqualTo("active");
    assertThat(there.roundMicros()).isPositive();
    assertThat(there.silentMillis()).isLessThan(there.lostAfterMillis());
    assertThat(gone.answers()).isFalse();
    assertThat(gone.status()).isEqualTo("left");
    assertThatThrownBy(() -> engine.detectNodeFailure("w9").get(90, TimeUnit.SECONDS))
        .hasCauseInstanceOf(CapstanException.class)
        .hasMessageContaining("w9");
  }

  @Test
  void theSameIsToldInGrpcAndAFollowerWithoutAWayToTheLeaderNamesIt() throws Exception {
    String leads = trio.leader();
    ManagedChannel leader = channel(leads);
    ManagedChannel follower = channel(trio.othersThan(leads).getFirst());
    try {
      ScheduleTaskReply dispatch =
          stub(leader)
              .scheduleTask(
                  ScheduleTaskRequest.newBuilder()
                      .setTask(ByteString.copyFromUtf8(ECHO))
                      .setId("t3")
                      .build());
      SynchronizeStateReply sync =
          await()
              .atMost(Trio.PATIENCE)
              .until(
                  () ->
                      stub(leader)
                          .synchronizeState(
                              SynchronizeStateRequest.newBuilder().setExecution("t3").build()),
                  SynchronizeStateReply::getInSync);
      CoordinateConsensusReply consensus =
          stub(leader)
              .coordinateConsensus(
                  CoordinateConsensusRequest.newBuilder().setExecution("t3").build());
      DetectNodeFailureReply probe =
          await()
              .atMost(Trio.PATIENCE)
              .until(
                  () ->
                      stub(leader)
                          .detectNodeFailure(
                              DetectNodeFailureRequest.newBuilder().setNode("w1").build()),
                  DetectNodeFailureReply::getAnswers);

      assertThat(dispatch.getNode()).isEqualTo("w1");
      assertThat(sync.getInSync()).as(sync.toString()).isTrue();
      assertThat(sync.getReplicasList())
          .allMatch(replica -> replica.getDigest().equals(sync.getDigest()));
      assertThat(consensus.getConfirmed()).isTrue();
      assertThat(probe.getAnswers()).isTrue();
      assertThatThrownBy(() ->
              stub(follower)
                  .scheduleTask(
                      ScheduleTaskRequest.newBuilder()
                          .setTask(ByteString.copyFromUtf8(ECHO))
                          .build()))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              refused -> {
                assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(refused.getStatus().getDescription())
                    .startsWith("CAP-6002")
                    .contains(trio.leader());
              });
    } finally {
      leader.shutdownNow();
      follower.shutdownNow();
    }
  }

  private ManagedChannel channel(String coordinator) {
    return InProcessChannelBuilder.forName(trio.coordinator(coordinator).inProcessName()).build();
  }

  private static DistributedEngineGrpc.DistributedEngineBlockingStub stub(ManagedChannel channel) {
    return DistributedEngineGrpc.newBlockingStub(channel).withDeadlineAfter(90, TimeUnit.SECONDS);
  }
}
