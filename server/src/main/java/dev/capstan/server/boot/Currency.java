package dev.capstan.server.boot;

import dev.capstan.api.v1.CurrentReply;
import dev.capstan.api.v1.CurrentRequest;
import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.log.LogException;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.log.SharedBarrier;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that what is read of a partition here is current, whether it is led here or not. Where
 * another coordinator leads, that one is asked how far its log had come, and this replica catches
 * up. Any thread.
 */
final class Currency {
  /** For whoever leads to answer. */
  private static final Duration ANSWER = Duration.ofSeconds(2);

  /** Sooner than whoever asks gives up: one that says nothing counts as unreachable. */
  private static final Duration ANSWERED_WITHIN = Duration.ofMillis(1_500);

  private static final Duration MARGIN = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(Currency.class);

  private final LocalPartition partition;
  private final @Nullable PeerNetwork network;
  private final Executor threads;
  private final Duration within;
  private final SharedBarrier barrier;

  /**
   * @param network the way to other coordinators; null if there are none
   * @param electionTimeout where nothing is written, replicas hear twice in it what is committed
   * @param threads for what waits for the network
   */
  Currency(
      LocalPartition partition,
      @Nullable PeerNetwork network,
      Duration electionTimeout,
      Executor threads) {
    this.partition = partition;
    this.network = network;
    this.threads = threads;
    this.within = ANSWER.plus(electionTimeout);
    this.barrier = new SharedBarrier(this::pass, within);
  }

  /**
   * Answers other coordinators that read partitions which are led here, or want to know of what the
   * replicas here are current.
   *
   * @param currencies of all partitions, in order
   */
  static void answer(AnsweringNetwork network, List<Currency> currencies) {
    network.answer(
        PeerNetwork.Call.CURRENT,
        (_, request) -> {
          CurrentRequest asked = CurrentRequest.parseFrom(request);
          int partition = asked.getPartition();
          if (partition < 0 || partition >= currencies.size()) {
            throw new IOException("there is no partition " + partition);
          }
          return CurrentReply.newBuilder()
              .setIndex(currencies.get(partition).index(asked.getReplica()))
              .build()
              .toByteArray();
        });
  }

  private long index(boolean replica) throws IOException {
    return replica && !partition.leadership().isHere()
        ? await(confirm(), within)
        : await(partition.log().barrier(), ANSWERED_WITHIN);
  }

  private static long await(CompletableFuture<Long> confirmed, Duration atMost) throws IOException {
    try {
      return confirmed.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the coordinator stops", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("no majority confirms it", e);
    }
  }

  /**
   * Whether the replica of a coordinator has everything that was acknowledged before the call, as
   * that one can find out: it reaches whoever leads. Blocks for some seconds at most.
   *
   * @param node another coordinator; null for this one
   */
  boolean isCurrentAt(@Nullable String node) {
    PeerNetwork way = network;
    try {
      if (node == null) {
        long _ = index(true);
      } else if (way != null) {
        byte[] request =
            CurrentRequest.newBuilder()
                .setPartition(partition.number())
                .setReplica(true)
                .build()
                .toByteArray();
        byte[] _ = way.call(node, PeerNetwork.Call.CURRENT, request, within.plus(MARGIN));
      }
      return true;
    } catch (IOException e) {
      LOG.debug("The replica of partition {} at {} is not current", partition.number(), node, e);
      return false;
    }
  }

  /**
   * Completes when what is read here includes everything that was acknowledged before the call;
   * fails when nobody confirms that in time.
   */
  CompletableFuture<Long> confirm() {
    return barrier.pass();
  }

  private CompletableFuture<Long> pass() {
    if (partition.leadership().isHere()) {
      return partition.log().barrier();
    }
    String leader = partition.leader();
    PeerNetwork way = network;
    if (way == null || leader == null) {
      return CompletableFuture.failedFuture(new LogException.NotLeader(null));
    }
    CompletableFuture<Long> current = new CompletableFuture<>();
    threads.execute(() -> catchUp(way, leader, current));
    return current;
  }

  private void catchUp(PeerNetwork way, String leader, CompletableFuture<Long> current) {
    long end = System.nanoTime() + within.toNanos();
    try {
      CurrentRequest request = CurrentRequest.newBuilder().setPartition(partition.number()).build();
      long index =
          CurrentReply.parseFrom(
                  way.call(leader, PeerNetwork.Call.CURRENT, request.toByteArray(), ANSWER))
              .getIndex();
      current.complete(await(partition.applied(index), Duration.ofNanos(end - System.nanoTime())));
    } catch (IOException | RuntimeException e) {
      current.completeExceptionally(e);
    }
  }
}
