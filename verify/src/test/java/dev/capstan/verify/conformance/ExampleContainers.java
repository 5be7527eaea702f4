package dev.capstan.verify.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.capstan.worker.ContainerEngine;
import dev.capstan.worker.WorkerOptions;
import dev.capstan.worker.container.ContainerExecutor;
import dev.capstan.worker.executor.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A container engine with the images that the specification's examples name, made from the
 * machine's static busybox. Where none can be started it says why, and {@code
 * -Dcontainers.required=true} makes that an error.
 */
final class ExampleContainers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String HELLO = "docker.io/library/hello-world:latest";
  private static final String ALPINE = "docker.io/library/alpine:latest";

  private final @Nullable ContainerEngine engine;
  private final String obstacle;

  private ExampleContainers(@Nullable ContainerEngine engine, String obstacle) {
    this.engine = engine;
    this.obstacle = obstacle;
  }

  static ExampleContainers start(Path directory) throws IOException {
    if (System.getProperty("containers.socket") != null) {
      return new ExampleContainers(
          null, "the images of an engine that is there already are not to be replaced");
    }
    try {
      return new ExampleContainers(started(directory), "");
    } catch (IOException | RuntimeException e) {
      if (Boolean.getBoolean("containers.required")) {
        throw e;
      }
      return new ExampleContainers(
          null, "no container engine can be started here: " + e.getMessage());
    }
  }

  private static ContainerEngine started(Path directory) throws IOException {
    ContainerEngine engine = ContainerEngine.start(directory);
    try {
      engine.makeImage(ALPINE);
      engine.makeImage(HELLO, "CMD [\"echo\", \"Hello from Docker!\"]");
      engine.offer(HELLO);
      engine.cli("run", "--rm", HELLO);
      return engine;
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  /** Has the worker run its containers with this engine. */
  void offerTo(WorkerOptions.Builder worker) {
    if (engine != null) {
      worker.executor(
          new ContainerExecutor(
              List.of(engine.socket()), Map.of(), "examples@here", Limits.ofDefaults()));
    }
  }

  /** Skips the test where there is no engine; else no container of another is left. */
  void require() {
    assumeTrue(engine != null, obstacle);
    if (engine != null) {
      engine.clear();
    }
  }

  /** Waits until containers with these names, which are patterns, are there and no others. */
  void requireLeft(List<String> names) {
    ContainerEngine there = engine;
    assertThat(there).as(obstacle).isNotNull();
    if (there != null) {
      Awaitility.await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            List<String> left = there.containers();
            assertThat(left).hasSameSizeAs(names);
            for (int i = 0; i < names.size(); i++) {
              assertThat(left.get(i)).matches(names.get(i));
            }
          });
    }
  }

  @Override
  public void close() throws IOException {
    if (engine != null) {
      engine.close();
    }
  }
}
