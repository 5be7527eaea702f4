package dev.capstan.server.log;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands for election as soon as the process of the leader is known to have ended, instead of after
 * the time of silence in which it counts as lost. When a process ends, its system closes its
 * connections, and refuses new ones: both together tell it apart from a network that is broken,
 * where the time of silence decides.
 *
 * <p>One replica after the other stands, so that they don't take each other's votes: the next one
 * has its turn when the one before has not come to lead in the meantime, because it lacks entries
 * or is gone too.
 */
final class Succession {
  private static final Logger LOG = LoggerFactory.getLogger(Succession.class);

  /** Longer than an election takes where nobody is in the way. */
  private static final Duration TURN = Duration.ofMillis(100);

  private final PeerNetwork network;
  private final RaftServer server;
  private final Collection<RatisLog> logs;

  Succession(PeerNetwork network, RaftServer server, Collection<RatisLog> logs) {
    this.network = network;
    this.server = server;
    this.logs = logs;
  }

  /** A connection that another node had made has ended. Any thread; returns at once. */
  void disconnected(String node) {
    if (logs.stream().anyMatch(log -> follows(log, node))) {
      Thread.ofVirtual().name("capstan-succession").start(() -> look(node));
    }
  }

  private static boolean follows(RatisLog log, String leader) {
    LogRole role = log.role();
    return role.kind() == LogRole.Kind.FOLLOWER && leader.equals(role.leader());
  }

  private void look(String leader) {
    if (!network.isGone(leader)) {
      return;
    }
    for (RatisLog log : logs) {
      if (follows(log, leader)) {
        Thread.ofVirtual().name("capstan-succession").start(() -> succeed(log, leader));
      }
    }
  }

  private void succeed(RatisLog log, String leader) {
    long term = log.role().term();
    List<String> heirs = log.members().stream().filter(each -> !each.equals(leader)).toList();
    int turn = heirs.indexOf(server.getId().toString());
    try {
      Thread.sleep(TURN.multipliedBy(Math.max(0, turn)));
      if (follows(log, leader) && log.role().term() == term) {
        stand(log, leader);
      }
    } catch (IOException e) {
      LOG.info("Not standing for election: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** In the leader's name, which can't ask for it any more. */
  private void stand(RatisLog log, String leader) throws IOException {
    RaftServer.@Nullable Division division = log.division();
    TermIndex last = division == null ? null : division.getRaftLog().getLastEntryTermIndex();
    if (division == null || last == null) {
      return;
    }
    LOG.info("The process of {}, which led, has ended; standing for election", leader);
    var _ =
        server.startLeaderElection(
            StartLeaderElectionRequestProto.newBuilder()
                .setServerRequest(
                    RaftRpcRequestProto.newBuilder()
                        .setRequestorId(RaftPeerId.valueOf(leader).toByteString())
                        .setReplyId(division.getId().toByteString())
                        .setRaftGroupId(
                            ProtoUtils.toRaftGroupIdProtoBuilder(
                                division.getMemberId().getGroupId())))
                .setLeaderLastEntry(last.toProto())
                .build());
  }
}
