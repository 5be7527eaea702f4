package dev.capstan.server.metrics;

/**
 * A part of the server that can tell numbers about itself. It is asked at every scrape, by one
 * thread at a time, and answers at once from what it has in memory.
 */
@FunctionalInterface
public interface MetricsSource {
  /** Tells the values as they are now. What is not told any more disappears. */
  void read(Readings readings);

  /** Takes values. */
  @FunctionalInterface
  interface Readings {
    /**
     * One value.
     *
     * @param metric a gauge, or a counter with its count since the start
     * @param labels one for each of the metric's, in order
     */
    void value(Metric metric, double value, String... labels);

    /** One value that is a number of things; beyond 2^53 it is not exact. */
    default void value(Metric metric, long value, String... labels) {
      value(metric, (double) value, labels);
    }
  }
}
