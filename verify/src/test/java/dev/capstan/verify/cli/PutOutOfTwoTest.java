package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One of two coordinators is put out, and the other one is killed before it has taken its vote. */
class PutOutOfTwoTest {
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

  @Test
  void itStaysUntilTheOtherOneIsBackAndNeedsItNoMore() {
    Started leaving = cluster.node("c2");
    // Not awaited: the vote is taken away a second after the row.
    try (Started _ = cluster.shell().start("cluster", "remove", "c2")) {
      leaving.awaitUntil("it hears of it", () -> cluster.log("c2").contains("c2 was put out"));
      cluster.node("c1").kill();
    }
    // Where this took so long that its vote was gone before, there is nothing to wait for.
    leaving.awaitUntil(
        "it says that it stays",
        () ->
            cluster.log("c2").contains("still has its vote")
                || cluster.log("c2").contains("serves no more"));

    cluster.start("c1");
    Ended gone = leaving.awaitEnd();
    assertThat(gone.err()).contains("Coordinator c2 was put out of the cluster");
    Ended run = cluster.shell().run("run", "hello.yaml");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }
}
