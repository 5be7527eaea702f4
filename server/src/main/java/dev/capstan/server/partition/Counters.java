package dev.capstan.server.partition;

import dev.capstan.core.decision.Decision;
import java.util.ArrayList;
import java.util.List;
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

  private final LongAdder[] rejected = adders(Decision.Reason.values().length);
  private final LongAdder[] commitMicros = adders(BUCKETS);
  private final LongAdder[] latenessMillis = adders(BUCKETS);

  private static LongAdder[] adders(int count) {
    LongAdder[] adders = new LongAdder[count];
    for (int i = 0; i < count; i++) {
      adders[i] = new LongAdder();
    }
    return adders;
  }

  void rejected(Decision.Reason reason) {
    rejected[reason.ordinal()].increment();
  }

  long rejectedFor(Decision.Reason reason) {
    return rejected[reason.ordinal()].sum();
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

  /** Bucket i takes what is below 2 to the power of i, and not in one before; the last takes all the rest. */
  static int bucket(long value) {
    return Math.min(Long.SIZE - Long.numberOfLeadingZeros(Math.max(value, 0)), BUCKETS - 1);
  }
}
