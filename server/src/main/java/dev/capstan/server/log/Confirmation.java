package dev.capstan.server.log;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;

/**
 * Asks the replicas of a group whether they are still in the leader's term. If a majority is, none
 * of that majority has voted in a later one, so nobody else led when the question was asked. The
 * library's own read index asks nobody while nothing new was committed since it asked last: a
 * leader that stood still meanwhile would answer with what it knew before. Any thread.
 */
final class Confirmation {
  private final @Nullable PeerNetwork network;
  private final Duration atMost;

  /**
   * @param network null where there is no other replica
   * @param atMost how long to wait for the answer of one
   */
  Confirmation(@Nullable PeerNetwork network, Duration atMost) {
    this.network = network;
    this.atMost = atMost;
  }

  /**
   * Completes when a majority is in the term; fails with {@link LogException.NotLeader} when it can
   * no longer become one. A majority of the old members too, while members change.
   */
  CompletableFuture<?> of(RaftServer.Division division, long term) {
    RaftConfiguration members = division.getRaftConf();
    Round round = new Round(members);
    String self = division.getId().toString();
    TreeSet<String> others = new TreeSet<>(round.current());
    others.addAll(round.previous());
    others.remove(self);
    for (String other : others) {
      Thread.ofVirtual()
          .name("capstan-confirmation")
          .start(() -> round.heard(other, isIn(term, other, division)));
    }
    round.heard(self, division.getInfo().getCurrentTerm() == term);
    return round.outcome();
  }

  private boolean isIn(long term, String node, RaftServer.Division division) {
    PeerNetwork way = network;
    if (way == null) {
      return false;
    }
    RaftRpcRequestProto question =
        RaftRpcRequestProto.newBuilder()
            .setRequestorId(division.getId().toByteString())
            .setReplyId(RaftPeer.newBuilder().setId(node).build().getId().toByteString())
            .setRaftGroupId(
                ProtoUtils.toRaftGroupIdProtoBuilder(division.getMemberId().getGroupId()))
            .build();
    try {
      byte[] answer = way.call(node, PeerNetwork.Call.TERM, question.toByteArray(), atMost);
      return TermIndexProto.parseFrom(answer).getTerm() == term;
    } catch (IOException | RuntimeException silent) {
      return false;
    }
  }

  /** The answers to one question. */
  private static final class Round {
    private final List<String> current;
    private final List<String> previous;
    private final Set<String> confirming = new HashSet<>();
    private final Set<String> heard = new HashSet<>();
    private final CompletableFuture<@Nullable Void> outcome = new CompletableFuture<>();

    private Round(RaftConfiguration members) {
      current = names(members.getCurrentPeers());
      previous = names(members.getPreviousPeers());
    }

    private static List<String> names(@Nullable Collection<RaftPeer> peers) {
      return peers == null
          ? List.of()
          : peers.stream().map(peer -> peer.getId().toString()).toList();
    }

    List<String> current() {
      return current;
    }

    List<String> previous() {
      return previous;
    }

    CompletableFuture<?> outcome() {
      return outcome;
    }

    void heard(String node, boolean confirms) {
      boolean enough;
      boolean hopeless;
      synchronized (this) {
        heard.add(node);
        if (confirms) {
          confirming.add(node);
        }
        enough = isMajority(current, false) && isMajority(previous, false);
        hopeless = !isMajority(current, true) || !isMajority(previous, true);
      }
      if (enough) {
        outcome.complete(null);
      } else if (hopeless) {
        outcome.completeExceptionally(new LogException.NotLeader(null));
      }
    }

    private boolean isMajority(List<String> members, boolean withOpenAnswers) {
      long yes =
          members.stream()
              .filter(m -> confirming.contains(m) || (withOpenAnswers && !heard.contains(m)))
              .count();
      return members.isEmpty() || 2 * yes > members.size();
    }
  }
}
