package dev.capstan.server.membership;

import dev.capstan.security.tls.RefusedPeerException;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import dev.capstan.server.metrics.Metric;
import dev.capstan.server.metrics.MetricsSource;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that whoever tries to get into the cluster, and is not let in for what its certificate
 * says or with the API key that it shows, stands in the audit: counts each, and tells the
 * coordinator that leads of each kind once a minute. What can't be told yet waits. Bounded, since
 * it is strangers who cause it.
 *
 * <p>Any thread may tell; {@link #run} is one thread's.
 */
public final class Intruders implements Consumer<RefusedPeerException>, Runnable, MetricsSource {
  private static final Logger LOG = LoggerFactory.getLogger(Intruders.class);
  private static final Duration TOLD_AGAIN_AFTER = Duration.ofMinutes(1);
  private static final int MOST_TOLD = 20;
  private static final int MOST_WAITING = 100;

  private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);
  private final Map<KeyFault, LongAdder> keyCounts = new EnumMap<>(KeyFault.class);
  private final Throttle throttle;

  /** Of its own, so that whoever tries keys does not hide whoever tries certificates. */
  private final Throttle keyThrottle;

  private final Queue<Intruder> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
  private volatile @Nullable Audit audit;
  private @Nullable CompletableFuture<?> telling;

  /** Where entries go. */
  interface Audit {
    /**
     * Records entries with the coordinator that leads; completes when they are durable.
     *
     * @return null while nobody is known to lead
     */
    @Nullable CompletableFuture<?> record(List<Intruder> intruders);
  }

  /** Nobody has come yet. */
  public Intruders(LongSupplier nanoTime) {
    this.throttle = new Throttle(TOLD_AGAIN_AFTER, MOST_TOLD, nanoTime);
    this.keyThrottle = new Throttle(TOLD_AGAIN_AFTER, MOST_TOLD, nanoTime);
    for (Reason reason : Reason.values()) {
      counts.put(reason, new LongAdder());
    }
    for (KeyFault fault : KeyFault.values()) {
      keyCounts.put(fault, new LongAdder());
    }
  }

  /**
   * From now on there is an audit.
   *
   * @param tls shows who this coordinator is, and believes coordinators only
   * @param leads whether this coordinator leads
   * @param leader the one that does, as far as this one knows
   */
  public void tellTo(
      Registrar registrar,
      Roster roster,
      String self,
      SslContext tls,
      BooleanSupplier leads,
      Supplier<@Nullable String> leader) {
    tellTo(new RefusalCourier(registrar, roster, self, tls, leads, leader));
  }

  void tellTo(Audit told) {
    audit = told;
  }

  @Override
  public void accept(RefusedPeerException refusal) {
    Objects.requireNonNull(counts.get(refusal.reason())).increment();
    // Without a certificate nobody has tried to be somebody: every port scan does that.
    if (refusal.reason() == Reason.NO_CERTIFICATE || refusal.reason() == Reason.OLD_PROTOCOL) {
      return;
    }
    tell(Intruder.of(refusal), throttle);
  }

  /**
   * Somebody has shown no API key of the cluster.
   *
   * @param from the address of the caller
   * @param key the id of what was shown; null if it has none
   */
  void refused(KeyFault fault, String from, @Nullable String key) {
    Objects.requireNonNull(keyCounts.get(fault)).increment();
    // Who shows nothing has not tried to be somebody.
    if (fault != KeyFault.MISSING) {
      tell(Intruder.of(fault, from, key), keyThrottle);
    }
  }

  private void tell(Intruder intruder, Throttle passing) {
    if (passing.passes(intruder.kind()) && !waiting.offer(intruder)) {
      LOG.info("Too much waits for the audit: {}", intruder);
    }
  }

  /** Tells what waits, unless that is under way. Returns at once. */
  @Override
  public void run() {
    CompletableFuture<?> before = telling;
    Audit present = audit;
    List<Intruder> all = new ArrayList<>(waiting);
    if (present == null || all.isEmpty() || (before != null && !before.isDone())) {
      return;
    }
    CompletableFuture<?> asked = present.record(all);
    if (asked == null) {
      return;
    }
    telling =
        asked.whenComplete((_, failure) -> {
          if (failure == null) {
            all.forEach(waiting::remove);
          } else {
            LOG.info("Whom this coordinator refused could not be told yet: {}", failure.toString());
          }
        });
  }

  @Override
  public void read(Readings readings) {
    counts.forEach((reason, number) ->
        readings.value(Metric.REFUSED_PEERS, number.sum(), reason.name().toLowerCase(Locale.ROOT)));
    keyCounts.forEach((fault, number) ->
        readings.value(Metric.REFUSED_KEYS, number.sum(), fault.name().toLowerCase(Locale.ROOT)));
  }
}
