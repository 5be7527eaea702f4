package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator's data directory is copied, and both are started. */
class CopiedCoordinatorTest {
  private static final String COPY = "copy-of-c2";

  @TempDir Path directory;
  private TwoCoordinators cluster;

  @BeforeEach
  void make() throws IOException {
    cluster = TwoCoordinators.in(directory);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  /** Its process must stand still. */
  private void copy() throws IOException {
    Path from = directory.resolve("c2");
    Path to = directory.resolve(COPY);
    try (Stream<Path> files = Files.walk(from)) {
      files.forEach(file -> {
        try {
          Files.copy(file, to.resolve(from.relativize(file)));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
  }

  private String audit() {
    return cluster.shell().run("audit").out();
  }

  private void assertThatTheClusterGoesOn() {
    Ended run = cluster.shell().run("run", "hello.yaml");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  @Test
  void whereTheOriginalAnswersTheCopyIsSentAway() throws IOException {
    Started original = cluster.node("c2");
    original.signal("STOP");
    copy();
    original.signal("CONT");

    try (Started copy = cluster.begin("c2", COPY)) {
      Ended refused = copy.awaitEnd();

      assertThat(refused.exitCode()).as(refused.err()).isEqualTo(4);
      assertThat(refused.err())
          .contains(
              "Coordinator c2 runs already, at 127.0.0.1:" + cluster.peerPort("c2"),
              "CAP-8202",
              "join as a node of its own");
      assertThat(refused.err()).as("it has no part in anything").doesNotContain("is ready");
    }

    original.awaitUntil("the audit has it", () -> audit().contains("RUNS_ELSEWHERE"));
    assertThat(original.isAlive()).isTrue();
    assertThatTheClusterGoesOn();
  }

  @Test
  void theOriginalThatWakesUpBesideItsCopyStops() throws IOException {
    Started original = cluster.node("c2");
    original.signal("STOP");
    copy();

    try (Started copy = cluster.begin("c2", COPY)) {
      copy.awaitTalk("is ready");
      copy.awaitUntil("it has the place of c2", () -> audit().contains("cluster.move"));
      original.signal("CONT");
      Ended stopped = original.awaitEnd();

      assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(4);
      assertThat(stopped.err())
          .contains("Coordinator c2 runs already, at 127.0.0.1:" + cluster.peerPort(COPY));
      copy.awaitUntil("the audit has it", () -> audit().contains("RUNS_ELSEWHERE"));
      assertThatTheClusterGoesOn();
    }
  }
}
