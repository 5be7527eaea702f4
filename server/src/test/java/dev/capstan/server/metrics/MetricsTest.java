package dev.capstan.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class MetricsTest {
  private static final Path CHECKED_IN = Path.of("../docs/metrics.md");

  /** With {@code -Dcapstan.regenerate=true} the file is written instead. */
  @Test
  void theReferenceIsThatOfTheCatalogue() throws IOException {
    if (Boolean.getBoolean("capstan.regenerate")) {
      Files.writeString(CHECKED_IN, MetricsReference.markdown());
    }
    assertThat(Files.readString(CHECKED_IN)).isEqualTo(MetricsReference.markdown());
  }

  @Test
  void namesFollowTheRules() {
    for (Metric metric : Metric.values()) {
      assertThat(metric.id()).matches("capstan_[a-z]+(_[a-z]+)*");
      assertThat(metric.id().endsWith("_total"))
          .as(metric.id())
          .isEqualTo(metric.kind() == Metric.Kind.COUNTER);
      if (metric.kind() == Metric.Kind.TIMER) {
        assertThat(metric.id()).endsWith("_seconds");
      }
      assertThat(metric.description()).isNotEmpty();
      assertThat(metric.labels()).doesNotContain("execution", "id", "error", "url");
    }
  }

  @Test
  void everyMetricIsScrapedUnderItsName() {
    try (Metrics metrics = new Metrics("1.2.3")) {
      for (Metric metric : EnumSet.complementOf(EnumSet.of(Metric.BUILD_INFO))) {
        String[] labels = metric.labels().stream().map(label -> "a").toArray(String[]::new);
        switch (metric.kind()) {
          case GAUGE -> metrics.add(readings -> readings.value(metric, 7, labels));
          case COUNTER -> metrics.counter(metric, labels).add(7);
          case TIMER -> metrics.timer(metric, labels).record(TimeUnit.MILLISECONDS.toNanos(3));
        }
      }
      String text = metrics.scrape();
      for (Metric metric : Metric.values()) {
        String series = metric.kind() == Metric.Kind.TIMER ? metric.id() + "_bucket" : metric.id();
        assertThat(text).containsPattern("(?m)^" + series + "(\\{.*\\})? \\d");
        assertThat(text).contains("# HELP " + metric.id() + " ");
      }
      assertThat(text).contains("capstan_build_info{version=\"1.2.3\"} 1");
    }
  }

  @Test
  void aValueThatIsNotToldAnyMoreDisappears() {
    AtomicInteger nodes = new AtomicInteger(2);
    try (Metrics metrics = new Metrics("1")) {
      metrics.add(readings -> {
        if (nodes.get() > 0) {
          readings.value(Metric.NODES, nodes.get(), "lost");
        }
      });
      assertThat(metrics.scrape()).contains("capstan_nodes{status=\"lost\"} 2");
      nodes.set(3);
      assertThat(metrics.scrape()).contains("capstan_nodes{status=\"lost\"} 3");
      nodes.set(0);
      assertThat(metrics.scrape()).doesNotContain("capstan_nodes{");
    }
  }

  @Test
  void labelsThatDoNotFitAreAMistake() {
    try (Metrics metrics = new Metrics("1")) {
      assertThatThrownBy(() -> metrics.counter(Metric.GRPC_STARTS))
          .hasMessageContaining("capstan_grpc_starts_total");
      assertThatThrownBy(() -> metrics.counter(Metric.NODES, "x")).hasMessageContaining("GAUGE");
    }
  }
}
