package dev.capstan.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.metrics.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is told of those who show wrong API keys, and how often. */
class IntrudersTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Intruders intruders = new Intruders(nanos::get);
  private final List<Intruder> told = new ArrayList<>();

  private void tell() {
    intruders.tellTo(all -> {
      told.addAll(all);
      return CompletableFuture.completedFuture(null);
    });
    intruders.run();
  }

  private double counted(KeyFault fault) {
    List<Double> values = new ArrayList<>();
    intruders.read((metric, value, labels) -> {
      if (metric == Metric.REFUSED_KEYS && labels[0].equalsIgnoreCase(fault.name())) {
        values.add(value);
      }
    });
    return values.getFirst();
  }

  @Test
  void equalOnesAreToldOnceAMinuteAndCountedAll() {
    for (int i = 0; i < 4; i++) {
      intruders.refused(KeyFault.UNKNOWN, "10.0.0.1", "k1");
    }
    intruders.refused(KeyFault.UNKNOWN, "10.0.0.2", "k1");
    tell();
    assertThat(told).extracting(Intruder::who).containsExactly("key:k1", "key:k1");

    nanos.addAndGet(Duration.ofMinutes(1).toNanos());
    intruders.refused(KeyFault.UNKNOWN, "10.0.0.1", "k1");
    tell();

    assertThat(told).hasSize(3);
    assertThat(counted(KeyFault.UNKNOWN)).isEqualTo(6);
  }

  @Test
  void whoTriesManyKeysFillsNothing() {
    for (int i = 0; i < 1_000; i++) {
      intruders.refused(KeyFault.UNKNOWN, "10.0.0.1", "k" + i);
    }
    tell();

    assertThat(told).hasSizeLessThan(100);
    assertThat(counted(KeyFault.UNKNOWN)).isEqualTo(1_000);
  }

  @Test
  void whoShowsNothingIsCountedAlone() {
    intruders.refused(KeyFault.MISSING, "10.0.0.1", null);
    tell();

    assertThat(told).isEmpty();
    assertThat(counted(KeyFault.MISSING)).isEqualTo(1);
  }

  @Test
  void theCoordinatorThatLeadsHearsTheSame() {
    Intruder here = Intruder.of(KeyFault.UNKNOWN, "10.0.0.1", "k1");

    assertThat(Intruder.of(here.message())).isEqualTo(here);
    assertThat(here.operation()).isEqualTo("api.authenticate");
  }
}
