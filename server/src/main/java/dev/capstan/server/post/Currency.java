package dev.capstan.server.post;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.v1.CurrentReply;
import dev.capstan.api.v1.CurrentRequest;
import dev.capstan.node.env.Deadlines;
import dev.capstan.server.log.LogException;
import dev.capstan.server.log.PeerNetwork.Call;
import dev.capstan.server.log.SharedBarrier;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that what is read of a partition here is current, whether it is led here or not. Where
 * another coordinator leads, that one is asked how far its log had come, and this replica catches
 * up. Any thread.
 */
public final class Currency {
  /** For whoever leads to answer. */
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /** Sooner than whoever asks gives up: one that says nothing counts as unreachable. */
  private static final Duration ANSWERED_WITHIN = Duration.ofMillis(1_500);

  private static final Duration MARGIN = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(Currency.class);

  private final Branch partition;
  private final @Nullable PeerCalls network;
  private final Deadlines deadlines;
  private final Duration within;
  private final SharedBarrier barrier;
  private final LeaderAnswers answers;

  /**
   * @param network the way to other coordinators; null if there are none
   * @param electionTimeout where nothing is written, replicas hear twice in it what is committed
   */
  public Currency(
      Branch partition,
      @Nullable PeerCalls network,
      Duration electionTimeout,
      Deadlines deadlines) {
    this.partition = partition;
    this.network = network;
    this.deadlines = deadlines;
    this.within = ANSWER.plus(electionTimeout);
    this.answers = new LeaderAnswers(deadlines);
    this.barrier = new SharedBarrier(this::pass, within, deadlines);
  }

  /**
   * Answers other coordinators that read partitions which are led here, or want to know of what the
   * replicas here are current.
   *
   * @param currencies of all partitions, in order
   */
  public static void answer(PeerCalls network, List<Currency> currencies) {
    network.answer(
        Call.CURRENT,
        request -> {
          CurrentRequest asked = CurrentRequest.parseFrom(request);
          int partition = asked.getPartition();
          if (partition < 0 || partition >= currencies.size()) {
            throw new IOException("there is no partition " + partition);
          }
          return currencies.get(partition).index(asked.getReplica()).thenApply(Currency::reply);
        });
  }

  private static byte[] reply(long index) {
    return CurrentReply.newBuilder().setIndex(index).build().toByteArray();
  }

  private CompletableFuture<Long> index(boolean replica) {
    boolean elsewhere = replica && !partition.isHere();
    CompletableFuture<Long> index = elsewhere ? confirm() : partition.barrier().copy();
    deadlines.watch(index, elsewhere ? within : ANSWERED_WITHIN);
    return index;
  }

  /**
   * Whether the replica of a coordinator {@linkplain #currentAt is current}. Blocks for some
   * seconds at most.
   *
   * @param node another coordinator; null for this one
   */
  public boolean isCurrentAt(@Nullable String node) {
    try {
      Object _ = currentAt(node).get();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      LOG.debug("The replica of partition {} at {} is not current", partition.number(), node, e);
      return false;
    }
  }

  /**
   * Completes when the replica of a coordinator has everything that was acknowledged before the
   * call, as that one can find out: it reaches whoever leads. Fails where it does not, after some
   * seconds at most.
   *
   * @param node another coordinator; null for this one
   */
  public CompletableFuture<?> currentAt(@Nullable String node) {
    PeerCalls way = network;
    if (node == null) {
      return index(true);
    }
    if (way == null) {
      return CompletableFuture.completedFuture(null);
    }
    byte[] request = request().setReplica(true).build().toByteArray();
    return way.call(node, Call.CURRENT, request, within.plus(MARGIN));
  }

  private CurrentRequest.Builder request() {
    return CurrentRequest.newBuilder().setPartition(partition.number());
  }

  /**
   * Completes when what is read here includes everything that was acknowledged before the call;
   * fails when nobody confirms that in time.
   */
  public CompletableFuture<Long> confirm() {
    return barrier.pass();
  }

  private CompletableFuture<Long> pass() {
    if (partition.isHere()) {
      return partition.barrier();
    }
    String leader = partition.leader();
    PeerCalls way = network;
    if (way == null || leader == null) {
      return CompletableFuture.failedFuture(new LogException.NotLeader(null));
    }
    CompletableFuture<byte[]> answer =
        way.call(leader, Call.CURRENT, request().build().toByteArray(), ANSWER);
    return answers
        .of(partition, leader, answer)
        .thenCompose(this::catchUp)
        .exceptionallyCompose(failure ->
            LeaderAnswers.isReplaced(partition, leader)
                ? pass()
                : CompletableFuture.failedFuture(failure));
  }

  private CompletableFuture<Long> catchUp(byte[] reply) {
    try {
      return partition.applied(CurrentReply.parseFrom(reply).getIndex());
    } catch (InvalidProtocolBufferException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
