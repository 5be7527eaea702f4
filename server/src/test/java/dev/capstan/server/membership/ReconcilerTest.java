package dev.capstan.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import dev.capstan.server.store.WatchedStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
  private static @Nullable List<String> next(
      List<String> present, List<String> wanted, String lastCome) {
    return Reconciler.nextStep(present, wanted, "c1", lastCome);
  }

  @Test
  void oneThatNeverComesDoesNotHoldUpTheNext() {
    List<String> present = List.of("c1");
    List<String> wanted = List.of("c1", "c2", "c3", "c4");

    assertThat(Reconciler.nextStep(present, wanted, "c1", null)).containsExactly("c1", "c2");
    assertThat(next(present, wanted, "c2")).containsExactly("c1", "c3");
    assertThat(next(present, wanted, "c3")).containsExactly("c1", "c4");
    assertThat(next(present, wanted, "c4")).as("and again").containsExactly("c1", "c2");
  }

  @Test
  void thoseThatAreToGoGoFirstAndTheLeaderLast() {
    assertThat(next(List.of("c1", "c2"), List.of("c3"), "c3")).containsExactly("c1");
    assertThat(next(List.of("c1"), List.of("c3"), "c3")).containsExactly("c1", "c3");
    assertThat(next(List.of("c1", "c3"), List.of("c3"), "c3")).containsExactly("c3");
    assertThat(next(List.of("c1"), List.of("c1"), "c3")).isNull();
  }

  @Test
  void whoIsToGoStaysUntilItHasHeardOfIt() {
    Replicas replicas = new Replicas();
    Reconciler reconciler = replicas.reconciler();
    replicas.reached = 41;

    reconciler.run();
    replicas.pass(Reconciler.NOTICE.multipliedBy(2));
    reconciler.run();
    assertThat(replicas.asked).as("it has not been reached yet").isEmpty();

    replicas.reached = 42;
    reconciler.run();
    assertThat(replicas.asked).containsExactly(List.of("c1", "c2"));
  }

  @Test
  void whoHasWhatIsCommittedStillHasAMomentToLearnThatItIs() {
    Replicas replicas = new Replicas();
    Reconciler reconciler = replicas.reconciler();
    replicas.reached = 42;

    reconciler.run();
    assertThat(replicas.asked).isEmpty();

    replicas.pass(Reconciler.NOTICE);
    reconciler.run();
    assertThat(replicas.asked).containsExactly(List.of("c1", "c2"));
  }

  @Test
  void whoIsGoneIsNotWaitedForForEver() {
    Replicas replicas = new Replicas();
    Reconciler reconciler = replicas.reconciler();

    reconciler.run();
    replicas.pass(Reconciler.LONGEST_NOTICE);
    reconciler.run();

    assertThat(replicas.asked).containsExactly(List.of("c1", "c2"));
  }

  /** Three replicas, the last of which was put out. */
  private static final class Replicas implements Reconciler.Group {
    private final List<List<String>> asked = new ArrayList<>();
    private long nanos;
    private long reached = -1;

    Reconciler reconciler() {
      Roster roster = new Roster();
      List<Change> rows =
          List.of(RosterTest.coordinator("c1", false), RosterTest.coordinator("c2", false));
      new WatchedStore(new MemoryStore(), Table.CLUSTER, roster).apply(1, new Batch(1, 1, rows));
      return new Reconciler(this, roster, "c1", () -> nanos);
    }

    void pass(Duration time) {
      nanos += time.toNanos();
    }

    @Override
    public boolean leads() {
      return true;
    }

    @Override
    public List<String> members() {
      return List.of("c1", "c2", "c3");
    }

    @Override
    public long committed() {
      return 42;
    }

    @Override
    public long reached(String node) {
      return node.equals("c3") ? reached : 42;
    }

    @Override
    public CompletableFuture<?> setMembers(List<String> nodes, Duration atMost) {
      asked.add(nodes);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void handOver() {}
  }
}
