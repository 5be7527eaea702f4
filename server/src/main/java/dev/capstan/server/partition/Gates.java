package dev.capstan.server.partition;

import dev.capstan.core.placement.Claim;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The limits that tasks name. How many run under a key is counted by {@link Attempts}; how fast
 * they started is kept here. A gate is closed when a look finds that its limit is reached, and open
 * again when an attempt of the key is over or its time has come: it is never asked in between.
 * Owned by the partition's thread, except where it says otherwise.
 */
final class Gates {
  private final Attempts attempts;
  private final Rates rates = new Rates();
  private final Map<Gate.Limits, Gate> gates = new HashMap<>();
  private final Map<String, Set<Gate>> closedByKey = new HashMap<>();
  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(Comparator.comparingLong(Alarm::atNanos));
  private final Map<Gate.Limits, String> reasons = new ConcurrentHashMap<>();

  private record Alarm(long atNanos, Gate gate) {}

  Gates(Attempts attempts) {
    this.attempts = attempts;
  }

  Gate of(Claim claim) {
    return gates.computeIfAbsent(Gate.Limits.of(claim), Gate::new);
  }

  /** A stall is empty; a gate that nothing stands behind is forgotten. */
  void leave(Stall stall) {
    Gate gate = stall.gate;
    gate.stalls.remove(stall);
    if (gate.stalls.isEmpty()) {
      gates.remove(gate.limits);
      open(gate);
    }
  }

  /** Whether a limit holds back what stands behind a gate; if so it is closed. */
  boolean holds(Gate gate, long nowNanos) {
    Claim.Concurrency concurrency = gate.limits.concurrency();
    if (concurrency != null) {
      int running = attempts.running(concurrency.key());
      if (running >= concurrency.limit()) {
        closedByKey.computeIfAbsent(concurrency.key(), _ -> new LinkedHashSet<>()).add(gate);
        close(
            gate,
            "concurrency limit "
                + concurrency.limit()
                + " of key "
                + concurrency.key()
                + ": "
                + running
                + (running == 1 ? " runs" : " run"));
        return true;
      }
    }
    Claim.Rate rate = gate.limits.rate();
    if (rate != null) {
      long next = rates.nextNanos(rate, nowNanos);
      if (next > nowNanos) {
        gate.opensNanos = next;
        alarms.add(new Alarm(next, gate));
        close(
            gate,
            "rate limit "
                + rate.limit()
                + " in "
                + rate.per()
                + " of key "
                + rate.key()
                + " is used up");
        return true;
      }
    }
    return false;
  }

  private void close(Gate gate, String reason) {
    reasons.put(gate.limits, reason);
    gate.close(true);
  }

  private void open(Gate gate) {
    reasons.remove(gate.limits);
    gate.opensNanos = Long.MAX_VALUE;
    Claim.Concurrency concurrency = gate.limits.concurrency();
    Set<Gate> closed = concurrency == null ? null : closedByKey.get(concurrency.key());
    if (concurrency != null && closed != null) {
      closed.remove(gate);
      if (closed.isEmpty()) {
        closedByKey.remove(concurrency.key());
      }
    }
    gate.close(false);
  }

  void freed(@Nullable String concurrencyKey) {
    Set<Gate> closed = concurrencyKey == null ? null : closedByKey.get(concurrencyKey);
    if (concurrencyKey == null || closed == null) {
      return;
    }
    int running = attempts.running(concurrencyKey);
    List<Gate> opening = new ArrayList<>(closed);
    for (Gate gate : opening) {
      Claim.Concurrency limit = gate.limits.concurrency();
      if (limit != null && running < limit.limit()) {
        open(gate);
      }
    }
  }

  void started(Claim claim, long nowNanos) {
    if (claim.rate() != null) {
      rates.started(claim.rate(), nowNanos);
    }
  }

  void begin(long nowNanos, boolean nothingBefore) {
    rates.begin(nowNanos, nothingBefore);
  }

  void wake(long nowNanos) {
    while (!alarms.isEmpty() && alarms.peek().atNanos() <= nowNanos) {
      Alarm alarm = alarms.remove();
      if (alarm.gate().opensNanos == alarm.atNanos()) {
        open(alarm.gate());
      }
    }
  }

  long nextNanos() {
    while (!alarms.isEmpty() && alarms.peek().gate().opensNanos != alarms.peek().atNanos()) {
      alarms.remove();
    }
    return alarms.isEmpty() ? Long.MAX_VALUE : alarms.peek().atNanos();
  }

  /** What holds back all tasks of a claim; null if no limit does. Any thread. */
  @Nullable String heldBack(Claim claim) {
    return reasons.get(Gate.Limits.of(claim));
  }

  void clear() {
    gates.clear();
    closedByKey.clear();
    alarms.clear();
    reasons.clear();
    rates.clear();
  }
}
