package dev.capstan.server.log;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands for election as soon as the process of the leader is known to have ended, instead of after
 * the time of silence in which it counts as lost, or when {@link SilenceWatch} says that this time
 * is over. When a process ends, its system closes its connections, and refuses new ones: both
 * together tell it apart from a network that is broken, where the time of silence decides.
 *
 * <p>Votes go to a replica whose log reaches at least as far as the voter's, so the heirs ask each
 * other, and the one that has most stands at once; of equals, the first by name. The others have
 * their turn after that, for the case that it is gone too.
 *
 * <p>While somebody leads, the heirs have nothing else to say to each other. They ask all the same
 * from time to time: when the moment comes, their connections are there, and what it takes has been
 * done before.
 */
final class Succession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Succession.class);

  /**
   * Longer than an election takes where nobody is in the way, also on a machine that has much to
   * do: who stands too early takes the vote away that the one before needs. All that come before
   * have just answered.
   */
  private static final Duration TURN = Duration.ofMillis(300);

  private static final Duration ANSWER_WITHIN = Duration.ofMillis(250);

  private static final Duration ACQUAINTED_EVERY = Duration.ofSeconds(1);

  private static final Comparator<@Nullable TermIndex> FURTHEST =
      Comparator.nullsFirst(Comparator.naturalOrder());

  private final PeerNetwork network;
  private final RaftServer server;
  private final Collection<RatisLog> logs;
  private final Thread acquaintance =
      Thread.ofVirtual().name("capstan-succession").unstarted(this::stayAcquainted);

  Succession(PeerNetwork network, RaftServer server, Collection<RatisLog> logs) {
    this.network = network;
    this.server = server;
    this.logs = logs;
  }

  /** Called once. */
  void start() {
    acquaintance.start();
  }

  @Override
  public void close() {
    acquaintance.interrupt();
  }

  private void stayAcquainted() {
    try {
      while (true) {
        Thread.sleep(ACQUAINTED_EVERY);
        for (RatisLog log : logs) {
          RaftServer.@Nullable Division division = log.division();
          if (division != null) {
            heirs(log, null).forEach(heir -> reach(heir, division, ACQUAINTED_EVERY));
          }
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** The other members. */
  private List<String> heirs(RatisLog log, @Nullable String leader) {
    String self = server.getId().toString();
    return log.members().stream()
        .filter(each -> !each.equals(self) && !each.equals(leader))
        .toList();
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
        long term = log.role().term();
        Thread.ofVirtual()
            .name("capstan-succession")
            .start(() ->
                succeed(log, leader, term, "The process of " + leader + ", which led, has ended"));
      }
    }
  }

  /**
   * A majority has heard nothing of a leader for longer than it may say nothing. Blocks until this
   * replica has stood for election, or another one has.
   *
   * @param term in which it led
   */
  void silent(RatisLog log, String leader, long term) {
    succeed(log, leader, term, leader + ", which leads, is silent");
  }

  private void succeed(RatisLog log, String leader, long term, String why) {
    try {
      Thread.sleep(TURN.multipliedBy(turn(log, leader)));
      if (follows(log, leader) && log.role().term() == term) {
        LOG.info("{}; standing for election", why);
        stand(log, leader);
      }
    } catch (IOException e) {
      LOG.info("Not standing for election: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How many stand before this one. */
  private int turn(RatisLog log, String leader) {
    RaftServer.@Nullable Division division = log.division();
    if (division == null) {
      return 0;
    }
    String self = server.getId().toString();
    TermIndex own = division.getRaftLog().getLastEntryTermIndex();
    int before = 0;
    for (String heir : heirs(log, leader)) {
      int order = Objects.compare(reach(heir, division, ANSWER_WITHIN), own, FURTHEST);
      before += order > 0 || (order == 0 && heir.compareTo(self) < 0) ? 1 : 0;
    }
    return before;
  }

  /** How far the log of another replica reaches; null if it does not answer. */
  private @Nullable TermIndex reach(String heir, RaftServer.Division division, Duration atMost) {
    byte[] group = division.getMemberId().getGroupId().toByteString().toByteArray();
    try {
      return TermIndex.valueOf(
          TermIndexProto.parseFrom(network.call(heir, PeerNetwork.Call.REACH, group, atMost)));
    } catch (IOException silent) {
      return null;
    }
  }

  /** In the leader's name, which can't ask for it any more. */
  private void stand(RatisLog log, String leader) throws IOException {
    RaftServer.@Nullable Division division = log.division();
    TermIndex last = division == null ? null : division.getRaftLog().getLastEntryTermIndex();
    if (division == null || last == null) {
      return;
    }
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
