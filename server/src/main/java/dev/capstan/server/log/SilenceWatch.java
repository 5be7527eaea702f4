package dev.capstan.server.log;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import org.apache.ratis.proto.RaftProtos.FollowerInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.util.ProtoUtils;
import org.jspecify.annotations.Nullable;

/**
 * Puts an upper bound to the time after which a leader that says nothing any more is succeeded: a
 * machine that stands still, or that the network has lost.
 *
 * <p>The library has each follower sleep for a random time from one to two election timeouts, and
 * look then whether the silence has lasted for as long. One that has heard of the leader since it
 * fell asleep sleeps once more, and so does one whose vote was refused, since another had heard of
 * the leader a moment later; so it takes up to four timeouts now and then. Here a follower that has
 * heard nothing for two asks the others, and when a majority has heard nothing either, each by its
 * own election timeout, {@link Succession} has one of them stand. A follower that alone is cut off
 * from the leader changes nothing, nor does one that has less patience than the others.
 */
final class SilenceWatch implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(25);
  private static final Duration STANDSTILL = Duration.ofMillis(150);
  private static final Duration AGAIN_AFTER = Duration.ofMillis(100);
  private static final Duration ANSWER_WITHIN = Duration.ofMillis(250);

  private final PeerNetwork network;
  private final RaftServer server;
  private final Collection<RatisLog> logs;
  private final Duration electionTimeout;
  private final Succession succession;
  private final Set<RatisLog> asking = ConcurrentHashMap.newKeySet();
  private final Thread thread = Thread.ofVirtual().name("capstan-silence").unstarted(this::watch);

  /**
   * @param electionTimeout the shortest silence after which others vote for a successor; twice as
   *     long is the longest
   */
  SilenceWatch(
      PeerNetwork network,
      RaftServer server,
      Collection<RatisLog> logs,
      Duration electionTimeout,
      Succession succession) {
    this.network = network;
    this.server = server;
    this.logs = logs;
    this.electionTimeout = electionTimeout;
    this.succession = succession;
  }

  /** Called once. */
  void start() {
    thread.start();
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  /**
   * For how long this replica has heard nothing of the leader of its term, in milliseconds; 0 where
   * it has none, or still writes what it heard.
   */
  static long silentMillis(RaftServer.Division division) {
    if (!division.getInfo().isFollower()) {
      return 0;
    }
    FollowerInfoProto follower = division.getInfo().getRoleInfoProto().getFollowerInfo();
    boolean led = !follower.getLeaderInfo().getId().getId().isEmpty();
    return led && follower.getOutstandingOp() == 0
        ? follower.getLeaderInfo().getLastRpcElapsedTimeMs()
        : 0;
  }

  private void watch() {
    try {
      while (true) {
        long asleep = System.nanoTime();
        Thread.sleep(LOOK_EVERY);
        // Whoever stood still has not heard what was said meanwhile.
        if (System.nanoTime() - asleep < STANDSTILL.toNanos()) {
          logs.forEach(this::look);
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(RatisLog log) {
    RaftServer.@Nullable Division division = log.division();
    String leader = log.role().leader();
    long longest = electionTimeout.multipliedBy(2).toMillis();
    if (division != null
        && leader != null
        && silentMillis(division) >= longest
        && asking.add(log)) {
      Thread.ofVirtual()
          .name("capstan-silence")
          .start(() -> {
            try {
              ask(log, division, leader);
            } finally {
              asking.remove(log);
            }
          });
    }
  }

  private void ask(RatisLog log, RaftServer.Division division, String leader) {
    long term = division.getInfo().getCurrentTerm();
    try {
      if (isSilentForMost(log.members(), division, leader, term)) {
        succession.silent(log, leader, term);
      }
      Thread.sleep(AGAIN_AFTER);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether a majority has heard nothing, this replica among them. Waits for no more than that. */
  private boolean isSilentForMost(
      List<String> members, RaftServer.Division division, String leader, long term)
      throws InterruptedException {
    Set<String> others = new HashSet<>(members);
    others.remove(leader);
    if (!others.remove(server.getId().toString())) {
      return false;
    }
    int silent = 1;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ExecutorCompletionService<Boolean>(threads);
      others.forEach(other -> answers.submit(() -> isSilentFor(other, division, term)));
      for (int i = 0; i < others.size() && 2 * silent <= members.size(); i++) {
        silent += answers.take().get() ? 1 : 0;
      }
      threads.shutdownNow();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a question that never fails", e);
    }
    return 2 * silent > members.size();
  }

  private boolean isSilentFor(String other, RaftServer.Division division, long term) {
    RaftRpcRequestProto question =
        RaftRpcRequestProto.newBuilder()
            .setRequestorId(division.getId().toByteString())
            .setReplyId(RaftPeerId.valueOf(other).toByteString())
            .setRaftGroupId(
                ProtoUtils.toRaftGroupIdProtoBuilder(division.getMemberId().getGroupId()))
            .build();
    try {
      TermIndexProto answer =
          TermIndexProto.parseFrom(
              network.call(other, PeerNetwork.Call.SILENCE, question.toByteArray(), ANSWER_WITHIN));
      return answer.getTerm() == term && answer.getIndex() > 0;
    } catch (IOException | RuntimeException noAnswer) {
      return false;
    }
  }
}
