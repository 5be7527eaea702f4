package dev.capstan.verify.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many runs of a whole cluster in virtual time. {@code -Dsimulation.seed=N} repeats one, {@code
 * -Dsimulation.seeds=N} runs so many, {@code -Dsimulation.first=N} from that one on.
 */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("simulation.seeds", 300);
  private static final long FIRST = Long.getLong("simulation.first", 1);

  @TempDir Path directory;

  private Simulation.Result run(long seed, String name) throws IOException {
    return Simulation.run(seed, Files.createDirectory(directory.resolve(name)));
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
        .as("repeat one of them with -Dtest=SimulationTest -Dsimulation.seed=SEED")
        .isEmpty();
    assertThat(results).allMatch(result -> result.faults() > 0 && result.executions() > 0);
  }

  @Test
  void theSameSeedIsTheSameRun() throws IOException {
    assertThat(run(7, "once").trace()).isEqualTo(run(7, "again").trace());
  }
}
