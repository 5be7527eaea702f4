package dev.capstan.worker;

import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.Token;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Outcome;

/** Makes reports of outcomes, and counts them. Any thread. */
final class Reporting {
  private static final long DEFAULT_MAX_BYTES = 2L << 20;

  private final Counters counters;
  private volatile long maxBytes = DEFAULT_MAX_BYTES;

  Reporting(Counters counters) {
    this.counters = counters;
  }

  /** How large the JSON of a result may be. */
  long maxBytes() {
    return maxBytes;
  }

  /** A coordinator has said how large it may be; 0 or less if it did not say. */
  void maxBytes(long said) {
    maxBytes = said > 0 ? said : DEFAULT_MAX_BYTES;
  }

  /** The report of an outcome; one that is too large becomes a fault that says so. Counts it. */
  Report of(Token token, Outcome outcome) {
    Report report = Wire.report(token, outcome);
    int size = report.getOutput().size();
    long most = maxBytes;
    if (size > most) {
      return of(
          token,
          new Outcome.Faulted(
              ErrorType.RUNTIME.fault(
                  "Result too large",
                  "The result is " + size + " bytes of JSON; the limit is " + most + " bytes.")));
    }
    counters.count(outcome);
    return report;
  }
}
