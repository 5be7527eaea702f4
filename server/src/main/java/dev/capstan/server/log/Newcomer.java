package dev.capstan.server.log;

import java.io.IOException;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto.AppendResult;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.LeaderElectionManagementRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.LifeCycle;

/**
 * What a replica makes of the words of others while it is being taken in. The library (3.3.0)
 * closes a replica for good that stands for election and is not in the configuration that it has
 * itself, or not in the leader's; and whoever does not run yet gives nobody its vote.
 *
 * <ul>
 *   <li>It runs from the moment that it has a configuration with it: neither before, although the
 *       leader says that it counts, since the leader may be silent before it sends which
 *       configuration that is; nor later, since the leader may be gone, and its vote be needed.
 *   <li>A configuration that was not committed is taken back by the next leader, which then begins
 *       anew to take the replica in. Until it is done, the replica does not stand for election.
 *   <li>Nobody sends it away: who was put out learns it from the rows of the cluster.
 *   <li>It is taken in although it has everything already, because the leader has not heard its
 *       answers before and begins anew. Entries that it has committed are refused by the library,
 *       and the leader counts them only with the next entry after them: where nothing happens, that
 *       is never.
 * </ul>
 *
 * Any thread.
 */
final class Newcomer {
  private final RaftServer server;
  private final ClientId client = ClientId.randomId();

  Newcomer(RaftServer server) {
    this.server = server;
  }

  /** Takes what a leader sends. */
  AppendEntriesReplyProto append(AppendEntriesRequestProto request) throws IOException {
    RaftServer.Division division = division(request.getServerRequest());
    return acknowledged(division, request, take(division, request));
  }

  /**
   * What is committed here is on the disk, and every leader has the same (Raft, section 5.4.3): an
   * answer that refuses it as known says as much as one that takes it.
   */
  private static AppendEntriesReplyProto acknowledged(
      RaftServer.Division division,
      AppendEntriesRequestProto request,
      AppendEntriesReplyProto reply) {
    if (reply.getResult() != AppendResult.INCONSISTENCY || request.getEntriesCount() == 0) {
      return reply;
    }
    long last = request.getEntries(request.getEntriesCount() - 1).getIndex();
    return last > division.getRaftLog().getLastCommittedIndex()
        ? reply
        : reply.toBuilder()
            .setResult(AppendResult.SUCCESS)
            .setMatchIndex(last)
            .setNextIndex(last + 1)
            .build();
  }

  private AppendEntriesReplyProto take(
      RaftServer.Division division, AppendEntriesRequestProto request) throws IOException {
    if (!isRunning(division)) {
      return appendUntilItRuns(division, request);
    }
    return request.getInitializing() || !isMember(division)
        ? unsure(division, () -> server.appendEntries(request))
        : server.appendEntries(request);
  }

  /** A snapshot brings the leader's configuration. */
  InstallSnapshotReplyProto install(InstallSnapshotRequestProto request) throws IOException {
    RaftServer.Division division = division(request.getServerRequest());
    return isRunning(division)
        ? unsure(division, () -> server.installSnapshot(request))
        : server.installSnapshot(request);
  }

  private interface Call<R> {
    R make() throws IOException;
  }

  /** A call after which it may be in no configuration. */
  private <R> R unsure(RaftServer.Division division, Call<R> call) throws IOException {
    stand(division, false);
    try {
      return call.make();
    } finally {
      if (isMember(division)) {
        stand(division, true);
      }
    }
  }

  private AppendEntriesReplyProto appendUntilItRuns(
      RaftServer.Division division, AppendEntriesRequestProto request) throws IOException {
    AppendEntriesReplyProto reply =
        server.appendEntries(request.toBuilder().setInitializing(true).build());
    if (isMember(division)) {
      // What the leader's next heartbeat will say.
      var _ =
          server.appendEntries(request.toBuilder().clearEntries().setInitializing(false).build());
    }
    return reply;
  }

  /** What another one has answered to the question for its vote. */
  RequestVoteReplyProto heard(RequestVoteReplyProto reply) {
    return reply.getShouldShutdown() ? reply.toBuilder().setShouldShutdown(false).build() : reply;
  }

  private RaftServer.Division division(RaftRpcRequestProto request) throws IOException {
    return server.getDivision(RaftGroupId.valueOf(request.getRaftGroupId().getId()));
  }

  private static boolean isRunning(RaftServer.Division division) {
    return division.getInfo().getLifeCycleState() != LifeCycle.State.STARTING;
  }

  /** As the library sees it when it stands for election. */
  private static boolean isMember(RaftServer.Division division) {
    return division.getRaftConf().getCurrentPeers().stream()
        .anyMatch(peer -> peer.getId().equals(division.getId()));
  }

  /** Whether it stands for election when it hears nothing of a leader for too long. */
  private void stand(RaftServer.Division division, boolean stands) throws IOException {
    RaftGroupId group = division.getMemberId().getGroupId();
    var _ =
        server.leaderElectionManagement(
            stands
                ? LeaderElectionManagementRequest.newResume(client, division.getId(), group, 0)
                : LeaderElectionManagementRequest.newPause(client, division.getId(), group, 0));
  }
}
