package dev.capstan.worker;

import dev.capstan.worker.executor.Outcome;
import java.util.concurrent.atomic.LongAdder;

/** Counts what became of attempts. */
final class Counters {

  final LongAdder completed = new LongAdder();
  final LongAdder faulted = new LongAdder();
  final LongAdder silent = new LongAdder();
  final LongAdder cancelled = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder released = new LongAdder();
  final LongAdder outputBytesDropped = new LongAdder();

  void count(Outcome outcome) {
    switch (outcome) {
      case Outcome.Completed _ -> completed.increment();
      case Outcome.Faulted _ -> faulted.increment();
      case Outcome.Cancelled _ -> cancelled.increment();
      case Outcome.Refused _, Outcome.HandedBack _ -> refused.increment();
    }
  }
}
