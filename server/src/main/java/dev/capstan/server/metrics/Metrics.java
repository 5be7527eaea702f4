package dev.capstan.server.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * All metrics of one server. Counters and timers are fed where things happen, by any thread and
 * cheaply once their handle is held; gauges are read from {@link MetricsSource}s at every scrape.
 */
public final class Metrics implements AutoCloseable {
  private static final Duration[] BUCKETS =
      Arrays.stream(
              new long[] {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000})
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<MetricsSource> sources = new CopyOnWriteArrayList<>();
  private final ConcurrentMap<Series, Counter> counters = new ConcurrentHashMap<>();
  private final ConcurrentMap<Series, Timer> timers = new ConcurrentHashMap<>();

  /** Owned by whoever scrapes, under this object's lock. */
  private final Map<Series, Cell> cells = new HashMap<>();

  private @Nullable JvmGcMetrics collections;

  private final String buildInfo;

  /** Metrics of a server of this version, with those of its JVM and process. */
  public Metrics(String version) {
    buildInfo = info(Metric.BUILD_INFO, version);
  }

  /** Asks this source at every scrape from now on. */
  public void add(MetricsSource source) {
    sources.add(source);
  }

  /** The handle of a counter; to be held where it is used often. */
  public Count counter(Metric metric, String... labels) {
    Counter counter =
        counters.computeIfAbsent(
            series(metric, Metric.Kind.COUNTER, labels),
            s ->
                Counter.builder(metric.id())
                    .description(metric.description())
                    .tags(s.tags())
                    .register(registry));
    return counter::increment;
  }

  /** The handle of a timer; to be held where it is used often. */
  public Stopwatch timer(Metric metric, String... labels) {
    Timer timer =
        timers.computeIfAbsent(
            series(metric, Metric.Kind.TIMER, labels),
            s ->
                Timer.builder(metric.id())
                    .description(metric.description())
                    .tags(s.tags())
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry));
    return nanos -> timer.record(Duration.ofNanos(nanos));
  }

  /** Everything in Prometheus' text format. */
  public synchronized String scrape() {
    if (collections == null) {
      collections = bindProcess();
    }
    Set<Series> told = new HashSet<>();
    for (MetricsSource source : sources) {
      source.read((metric, value, labels) -> {
        Series series = new Series(metric, List.of(labels));
        Cell cell = cells.computeIfAbsent(series, this::register);
        // What several sources have a part of is told as a whole.
        cell.value = told.add(series) ? value : cell.value + value;
      });
    }
    cells
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !told.contains(entry.getKey());
          if (gone) {
            registry.remove(entry.getValue().meter());
          }
          return gone;
        });
    return buildInfo + registry.scrape();
  }

  @Override
  public synchronized void close() {
    if (collections != null) {
      collections.close();
    }
    registry.close();
  }

  /** The registry takes {@code _info} from the names of gauges, so this one is written here. */
  private static String info(Metric metric, String value) {
    String id = metric.id();
    String label = metric.labels().getFirst() + "=\"" + value.replaceAll("[^\\w.+-]", "_") + "\"";
    return "# HELP "
        + id
        + " "
        + metric.description()
        + "\n# TYPE "
        + id
        + " gauge\n"
        + id
        + "{"
        + label
        + "} 1\n";
  }

  /** Only at the first scrape, since it takes longer than the rest of a start. */
  private JvmGcMetrics bindProcess() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    JvmGcMetrics gc = new JvmGcMetrics();
    gc.bindTo(registry);
    return gc;
  }

  private Cell register(Series series) {
    Metric metric = series.metric();
    Cell cell = new Cell();
    cell.meter =
        switch (metric.kind()) {
          case GAUGE ->
              Gauge.builder(metric.id(), cell, c -> c.value)
                  .description(metric.description())
                  .tags(series.tags())
                  .strongReference(true)
                  .register(registry);
          case COUNTER ->
              FunctionCounter.builder(metric.id(), cell, c -> c.value)
                  .description(metric.description())
                  .tags(series.tags())
                  .register(registry);
          case TIMER ->
              throw new IllegalArgumentException(metric.id() + " has durations, not a value");
        };
    return cell;
  }

  private static Series series(Metric metric, Metric.Kind kind, String... labels) {
    if (metric.kind() != kind) {
      throw new IllegalArgumentException(
          metric.id() + " is a " + metric.kind() + ", not a " + kind);
    }
    return new Series(metric, List.of(labels));
  }

  /** A metric with values for its labels. */
  private record Series(Metric metric, List<String> values) {
    Series {
      if (values.size() != metric.labels().size()) {
        throw new IllegalArgumentException(
            metric.id() + " has the labels " + metric.labels() + ", not " + values);
      }
    }

    Tags tags() {
      Tags tags = Tags.empty();
      for (int i = 0; i < values.size(); i++) {
        tags = tags.and(metric.labels().get(i), values.get(i));
      }
      return tags;
    }
  }

  /** The latest value a source told. */
  private static final class Cell {
    private volatile double value;
    private @Nullable Meter meter;

    private Meter meter() {
      return Objects.requireNonNull(meter);
    }
  }

  /** Counts up. */
  @FunctionalInterface
  public interface Count {
    void add(double amount);
  }

  /** Takes durations. */
  @FunctionalInterface
  public interface Stopwatch {
    void record(long nanos);
  }
}
