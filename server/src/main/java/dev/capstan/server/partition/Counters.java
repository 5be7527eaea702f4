package dev.capstan.server.partition;

import dev.capstan.core.decision.Decision;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a partition does. The loop adds, anybody reads. */
final class Counters {
  static final int BUCKETS = 28;

  final LongAdder decided = new LongAdder();
  final LongAdder events = new LongAdder();
  final LongAdder started = new LongAdder();
  final LongAdder ended = new LongAdder();
  final LongAdder batches = new LongAdder();
  final LongAdder batchBytes = new LongAdder();
  final LongAdder batchChanges = new LongAdder();
  final LongAdder audits = new LongAdder();
  final LongAdder batchesRefused = new LongAdder();
  final LongAdder dispatched = new LongAdder();
  final LongAdder cacheHits = new LongAdder();
  final LongAdder cacheMisses = new LongAdder();
  final LongAdder staleTokens = new LongAdder();
  final LongAdder unknownReports = new LongAdder();
  final LongAdder poisoned = new LongAdder();
  final LongAdder inboxRefused = new LongAdder();
  final LongAdder timersFired = new LongAdder();
  final LongAdder cloudEvents = new LongAdder();
  final LongAdder outboxDelivered = new LongAdder();
  final LongAdder outboxFailed = new LongAdder();
  final LongAdder callbackFailures = new LongAdder();

  private final Map<Decision.Reason, LongAdder> rejected = new EnumMap<>(Decision.Reason.class);
  private final LongAdder[] commitMicros = adders(BUCKETS);
  private final LongAdder[] latenessMillis = adders(BUCKETS);

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  Counters() {
    for (Decision.Reason reason : Decision.Reason.values()) {
      rejected.put(reason, new LongAdder());
    }
  }

  void rejected(Decision.Reason reason) {
    Objects.requireNonNull(rejected.get(reason)).increment();
  }

  Map<Decision.Reason, Long> rejected() {
    Map<Decision.Reason, Long> sums = new EnumMap<>(Decision.Reason.class);
    rejected.forEach((reason, adder) -> sums.put(reason, adder.sum()));
    return sums;
  }

  void committed(long nanos) {
    commitMicros[bucket(nanos / 1_000)].increment();
  }

  void late(long millis) {
    latenessMillis[bucket(millis)].increment();
  }

  List<Long> commitMicros() {
    return sums(commitMicros);
  }

  List<Long> latenessMillis() {
    return sums(latenessMillis);
  }

  private static List<Long> sums(LongAdder[] adders) {
    List<Long> sums = new ArrayList<>(adders.length);
    for (LongAdder adder : adders) {
      sums.add(adder.sum());
    }
    return sums;
  }

  /**
   * Bucket i takes what is below 2 to the power of i, and not in one before; the last takes all the
   * rest.
   */
  static int bucket(long value) {
    return Math.min(Long.SIZE - Long.numberOfLeadingZeros(Math.max(value, 0)), BUCKETS - 1);
  }
}
