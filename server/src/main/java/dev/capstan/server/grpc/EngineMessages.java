package dev.capstan.server.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.api.v1.AwaitNodeReply;
import dev.capstan.api.v1.CoordinateConsensusReply;
import dev.capstan.api.v1.DetectNodeFailureReply;
import dev.capstan.api.v1.RegisterNodeReply;
import dev.capstan.api.v1.ScheduleTaskReply;
import dev.capstan.api.v1.ScheduleTaskRequest;
import dev.capstan.api.v1.SynchronizeStateReply;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.SingleTask;
import dev.capstan.server.gateway.Views.ConsensusView;
import dev.capstan.server.gateway.Views.JoinTokenView;
import dev.capstan.server.gateway.Views.NodeProbeView;
import dev.capstan.server.gateway.Views.NodeView;
import dev.capstan.server.gateway.Views.ReplicaView;
import dev.capstan.server.gateway.Views.StateSyncView;
import dev.capstan.server.gateway.Views.TaskDispatchView;
import dev.capstan.server.http.json.JsonText;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between the messages of {@code capstan.v1.DistributedEngine} and the gateway's values. */
final class EngineMessages {
  private EngineMessages() {}

  /**
   * The start of a task.
   *
   * @throws dev.capstan.server.gateway.Refusal when the request is wrong by itself
   */
  static StartRequest start(ScheduleTaskRequest request) {
    JsonNode task = JsonText.parse(request.getTask().toByteArray(), "the task");
    JsonNode input =
        request.getInput().isEmpty()
            ? JsonNodeFactory.instance.objectNode()
            : JsonText.parse(request.getInput().toByteArray(), "the input");
    return SingleTask.start(
        orNull(request.getName()), task, input, orNull(request.getId()), null, Map.of());
  }

  static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  static RegisterNodeReply reply(JoinTokenView view) {
    return RegisterNodeReply.newBuilder()
        .setToken(view.token())
        .setTokenId(view.id())
        .setExpiresAtMillis(view.expiresAt().toEpochMilli())
        .build();
  }

  static AwaitNodeReply reply(NodeView view) {
    return AwaitNodeReply.newBuilder()
        .setNode(view.name())
        .setStatus(view.status())
        .setJoinedAtMillis(view.joinedAt().toEpochMilli())
        .build();
  }

  static ScheduleTaskReply reply(TaskDispatchView view) {
    ScheduleTaskReply.Builder reply = ScheduleTaskReply.newBuilder().setExecution(view.execution());
    if (view.node() != null) {
      reply.setNode(view.node());
    }
    if (view.task() != null) {
      reply.setTask(view.task());
    }
    if (view.attempt() != null) {
      reply.setAttempt(view.attempt());
    }
    if (view.at() != null) {
      reply.setAtMillis(view.at().toEpochMilli());
    }
    return reply.build();
  }

  static SynchronizeStateReply reply(StateSyncView view) {
    SynchronizeStateReply.Builder reply =
        SynchronizeStateReply.newBuilder()
            .setPartition(view.partition())
            .setIndex(view.index())
            .setInSync(view.inSync());
    if (view.digest() != null) {
      reply.setDigest(view.digest());
    }
    view.replicas().forEach(replica -> reply.addReplicas(replica(replica)));
    return reply.build();
  }

  private static SynchronizeStateReply.Replica replica(ReplicaView view) {
    SynchronizeStateReply.Replica.Builder replica =
        SynchronizeStateReply.Replica.newBuilder()
            .setCoordinator(view.coordinator())
            .setAnswers(view.answers())
            .setAgrees(view.agrees());
    if (view.appliedIndex() != null) {
      replica.setAppliedIndex(view.appliedIndex());
    }
    if (view.lag() != null) {
      replica.setLag(view.lag());
    }
    if (view.digest() != null) {
      replica.setDigest(view.digest());
    }
    return replica.build();
  }

  static DetectNodeFailureReply reply(NodeProbeView view) {
    DetectNodeFailureReply.Builder reply =
        DetectNodeFailureReply.newBuilder()
            .setNode(view.node())
            .setStatus(view.status())
            .setAnswers(view.answers())
            .setLostAfterMillis(view.lostAfterMillis())
            .setRunning(view.running());
    if (view.roundMicros() != null) {
      reply.setRoundMicros(view.roundMicros());
    }
    if (view.silentMillis() != null) {
      reply.setSilentMillis(view.silentMillis());
    }
    return reply.build();
  }

  static CoordinateConsensusReply reply(ConsensusView view) {
    CoordinateConsensusReply.Builder reply =
        CoordinateConsensusReply.newBuilder()
            .setPartition(view.partition())
            .setTerm(view.term())
            .setCommitIndex(view.commitIndex())
            .addAllReplicas(view.replicas())
            .setNeeded(view.needed())
            .addAllAnswering(view.answering())
            .setConfirmed(view.confirmed())
            .setRoundMicros(view.roundMicros());
    if (view.leader() != null) {
      reply.setLeader(view.leader());
    }
    return reply.build();
  }
}
