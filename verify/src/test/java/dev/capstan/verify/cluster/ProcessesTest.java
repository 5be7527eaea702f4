package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A coordinator that hangs while it starts must not hang the test that waits for it. */
class ProcessesTest {
  private static void await(String program, Duration within) throws IOException {
    Process process = new ProcessBuilder("sh", "-c", program).start();
    try {
      Processes.awaitReady(process, within, "c1");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aProcessThatIsReadyIsWaitedForNoLonger() throws IOException {
    await("echo starting; echo ready; exec sleep 60", Duration.ofSeconds(30));
  }

  @Test
  void aProcessThatNeverIsReadyIsGivenUp() {
    assertThatThrownBy(() -> await("exec sleep 60", Duration.ofMillis(50)))
        .hasMessageContaining("not ready within PT0.05S: c1");
  }

  @Test
  void aProcessThatEndsBeforeItIsReadyIsGivenUpAtOnce() {
    assertThatThrownBy(() -> await("echo starting", Duration.ofSeconds(30)))
        .hasMessageContaining("ended before it was ready: c1");
  }
}
