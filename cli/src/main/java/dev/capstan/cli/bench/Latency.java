package dev.capstan.cli.bench;

import org.HdrHistogram.Histogram;

/** From a histogram of microseconds to the percentiles of a report. */
final class Latency {
  private Latency() {}

  static Sample.Latencies of(Histogram micros) {
    return new Sample.Latencies(
        micros.getValueAtPercentile(50) / 1e3,
        micros.getValueAtPercentile(90) / 1e3,
        micros.getValueAtPercentile(99) / 1e3,
        micros.getValueAtPercentile(99.9) / 1e3,
        micros.getMaxValue() / 1e3);
  }
}
