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

/**
 * Makes sure that what is read of a partition here is current, whether it is led here or not. Where
 * another coordinator leads, that one is asked how far its log had come, and this replica catches
 * up. Any thread.
 */
final class Currency {
  private static final Duration CONFIRMED_WITHIN = Duration.ofSeconds(2);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(1);

  private final LocalPartition partition;
  private final @Nullable PeerNetwork network;
  private final Executor threads;
  private final SharedBarrier barrier = new SharedBarrier(this::pass, CONFIRMED_WITHIN);

  /**
   * @param network the way to other coordinators; null if there are none
   * @param threads for what waits for the network
   */
  Currency(LocalPartition partition, @Nullable PeerNetwork network, Executor threads) {
    this.partition = partition;
    this.network = network;
    this.threads = threads;
  }

  /** Answers other coordinators that read partitions which are led here. */
  static void answer(AnsweringNetwork network, List<LocalPartition> partitions) {
    network.answer(
        PeerNetwork.Call.CURRENT,
        (_, request) -> {
          int asked = CurrentRequest.parseFrom(request).getPartition();
          if (asked < 0 || asked >= partitions.size()) {
            throw new IOException("there is no partition " + asked);
          }
          return CurrentReply.newBuilder()
              .setIndex(confirmed(partitions.get(asked)))
              .build()
              .toByteArray();
        });
  }

  private static long confirmed(LocalPartition asked) throws IOException {
    try {
      return asked.log().barrier().get(CONFIRMED_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the coordinator stops", e);
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      throw new IOException("no majority confirms this leader", e);
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
    long end = System.nanoTime() + CONFIRMED_WITHIN.toNanos();
    try {
      CurrentRequest request = CurrentRequest.newBuilder().setPartition(partition.number()).build();
      long index =
          CurrentReply.parseFrom(
                  way.call(
                      leader, PeerNetwork.Call.CURRENT, request.toByteArray(), CONFIRMED_WITHIN))
              .getIndex();
      while (partition.store().appliedIndex() < index) {
        if (System.nanoTime() - end >= 0) {
          throw new IOException("this replica is behind");
        }
        Thread.sleep(LOOK_AGAIN);
      }
      current.complete(index);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      current.completeExceptionally(e);
    } catch (IOException | RuntimeException e) {
      current.completeExceptionally(e);
    }
  }
}
