package dev.capstan.server.boot;

import dev.capstan.node.env.StartupRefusal;
import dev.capstan.server.gateway.Gateway.Readiness;
import dev.capstan.server.partition.PartitionListener;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows what becomes of the partition: whether requests can be served, and what has to happen
 * first.
 */
final class Leadership implements PartitionListener {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final CountDownLatch decided = new CountDownLatch(1);
  private final LongConsumer begin;
  private final Runnable end;
  private final Supplier<@Nullable String> leader;
  private final Runnable giveUp;
  private final UnaryOperator<Throwable> reason;
  private volatile boolean leads;
  private volatile @Nullable Throwable failed;
  private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

  /**
   * @param begin runs each time that the partition leads, before it takes work: reads what stands
   *     in its rows; hears the term
   * @param end runs when it leads no more
   * @param leader the coordinator that leads, as far as this one knows
   * @param giveUp lets another coordinator lead after the partition has failed here; must not wait
   * @param reason of what the partition has failed with
   */
  Leadership(
      LongConsumer begin,
      Runnable end,
      Supplier<@Nullable String> leader,
      Runnable giveUp,
      UnaryOperator<Throwable> reason) {
    this.begin = begin;
    this.end = end;
    this.leader = leader;
    this.giveUp = giveUp;
    this.reason = reason;
  }

  @Override
  public void leads(long term) {
    begin.accept(term);
    leads = true;
    decided.countDown();
  }

  @Override
  public void leadsNoMore(long term) {
    leads = false;
    end.run();
  }

  @Override
  public void failed(Throwable with) {
    Throwable cause = reason.apply(with);
    boolean led = leads;
    leads = false;
    failed = cause;
    if (led) {
      end.run();
    }
    giveUp.run();
    decided.countDown();
    LOG.error("The coordinator serves no more: {}", cause.getMessage());
    failure.completeAsync(() -> cause);
  }

  /** Completes with the reason when the partition has failed. */
  CompletableFuture<Throwable> failure() {
    return failure.copy();
  }

  Readiness readiness() {
    Throwable cause = failed;
    if (cause != null) {
      return new Readiness(false, List.of("the partition has stopped: " + cause.getMessage()));
    }
    return leads || leader.get() != null
        ? new Readiness(true, List.of())
        : new Readiness(false, List.of("no coordinator is known to lead"));
  }

  /** Whether requests can be carried out here. */
  boolean isHere() {
    return leads;
  }

  /** Waits for the first leadership. */
  void await(Duration atMost) {
    boolean inTime;
    try {
      inTime = decided.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      inTime = false;
    }
    Throwable cause = failed;
    if (!inTime || cause != null) {
      throw new StartupRefusal(
          StartupRefusal.Code.NOT_READY_IN_TIME,
          cause == null
              ? "The partition does not lead after " + atMost
              : "The partition has stopped: " + cause.getMessage(),
          "Without it no request can be served",
          "look at the log for what came before",
          cause);
    }
  }
}
