package dev.capstan.verify.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many runs of a whole cluster in virtual time. {@code -Dsimulation.seed=N} repeats one, {@code
 * -Dsimulation.seeds=N} runs so many, {@code -Dsimulation.first=N} from that one on.
 */
@Tag("simulated")
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("simulation.seeds", 300);
  private static final long FIRST = Long.getLong("simulation.first", 1);

  /** So many runs have had everything that can happen, with a wide margin. */
  private static final int ENOUGH_FOR_ALL = 200;

  /** Held so that its level is not forgotten. */
  private static final Logger PRODUCT = Logger.getLogger("dev.capstan");

  @TempDir Path directory;

  /** What goes wrong on purpose, thousands of times, is told to whoever repeats a single run. */
  @BeforeAll
  static void quieten() {
    if (Long.getLong("simulation.seed") == null) {
      PRODUCT.setLevel(Level.OFF);
    }
  }

  @AfterAll
  static void speakUp() {
    PRODUCT.setLevel(null);
  }

  private interface Run {
    Simulation.Result run(long seed, Path folder) throws IOException;
  }

  private Simulation.Result run(long seed, String name) throws IOException {
    return run(seed, name, Simulation::run);
  }

  private Simulation.Result run(long seed, String name, Run run) throws IOException {
    Path folder = Files.createDirectory(directory.resolve(name));
    Simulation.Result result = run.run(seed, folder);
    delete(folder);
    return result;
  }

  /** All runs together would fill a small disk with snapshots. */
  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Test
  void whateverGoesWrongNothingIsLostAndAllEnds() throws InterruptedException, ExecutionException {
    Long one = Long.getLong("simulation.seed");
    long first = one == null ? FIRST : one;
    int count = one == null ? SEEDS : 1;
    List<Simulation.Result> results = new ArrayList<>();
    try (ExecutorService threads =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<Future<Simulation.Result>> runs = new ArrayList<>();
      for (long seed = first; seed < first + count; seed++) {
        long each = seed;
        runs.add(threads.submit(() -> run(each, "seed-" + each)));
      }
      for (Future<Simulation.Result> run : runs) {
        results.add(run.get());
      }
    }

    assertThat(results)
        .filteredOn(result -> !result.violations().isEmpty())
        .as(
            "repeat one of them: mvn -Dquick -pl verify -am test -Dtest=SimulationTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -Dsimulation.seed=SEED")
        .isEmpty();
    assertThat(results).allMatch(result -> result.faults() > 0 && result.executions() > 0);
    Tally tally = new Tally();
    results.forEach(result -> tally.add(result.tally()));
    System.out.printf("%d simulated clusters from seed %d on:%n%s", count, first, tally);
    if (count >= ENOUGH_FOR_ALL) {
      assertThat(Happening.values())
          .as("what is there to go wrong, and did not in any of these runs")
          .filteredOn(what -> tally.bites(what) == 0)
          .isEmpty();
    }
  }

  /** Leases and silence are counted by clocks that only go forward. */
  @Test
  void aWrongClockOfACoordinatorLosesNoNode() throws IOException {
    for (long seed = 1; seed <= 2; seed++) {
      Simulation.Result result = run(seed, "clocks-" + seed, Simulation::runWithWrongClocks);
      assertThat(result.violations()).as("seed " + seed).isEmpty();
      assertThat(result.tally().bites(Happening.CLOCK_IS_WRONG)).isPositive();
    }
  }

  @Test
  void theSameSeedIsTheSameRun() throws IOException {
    assertThat(run(7, "once").trace()).isEqualTo(run(7, "again").trace());
  }
}
