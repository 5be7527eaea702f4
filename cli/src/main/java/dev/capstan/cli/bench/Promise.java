package dev.capstan.cli.bench;

import java.util.List;

/** What users are promised of a measured value. */
enum Promise {
  REGISTERED("p99 < 1 s", Of.P99, 1_000),
  CUT("p99 < 1 s", Of.P99, 1_000),
  ALL_REGISTERED("1,000 within 15 s", Of.MOST, 15),
  DISPATCHED("p99 < 200 ms", Of.P99, 200),
  APPLIED("p99 < 500 ms", Of.P99, 500),
  RUNS_ELSEWHERE("p99 < 2 s", Of.P99, 2_000),
  ALL_RUN_ELSEWHERE("all < lease + 2 s", Of.MOST, 3_000),
  LED("p99 < 2 s", Of.P99, 2_000),
  HELD("100,000 at a time", Of.LEAST, 100_000),
  NOTHING_LOST("0", Of.NONE, 0),
  NO_ERRORS("0", Of.NONE, 0);

  private final String words;
  private final Of of;
  private final double limit;

  /** Which of the values is held against the limit, and how. */
  private enum Of {
    P99,
    MOST,
    LEAST,
    NONE
  }

  Promise(String words, Of of, double limit) {
    this.words = words;
    this.of = of;
    this.limit = limit;
  }

  /** As it stands in a report. */
  String words() {
    return words;
  }

  /** Whether these values, sorted, keep it; what could not be measured does not. */
  boolean isKeptBy(List<Double> sorted) {
    if (sorted.isEmpty()) {
      return false;
    }
    return switch (of) {
      case P99 -> Measure.at(sorted, 0.99) < limit;
      case MOST -> sorted.getLast() < limit;
      case LEAST -> sorted.getFirst() >= limit;
      case NONE -> sorted.getLast() <= limit;
    };
  }
}
