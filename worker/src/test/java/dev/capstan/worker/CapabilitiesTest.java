package dev.capstan.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.capstan.api.v1.Capabilities;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.worker.process.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node finds out itself what tasks can ask of it, and tells when that changes. */
class CapabilitiesTest {
  @TempDir Path directory;

  private Path programs;
  private Path devices;
  private Tools tools;

  @BeforeEach
  void makeMachine() throws IOException {
    programs = Files.createDirectory(directory.resolve("bin"));
    devices = Files.createDirectory(directory.resolve("dev"));
    tools = new Tools(programs.toString(), devices);
  }

  private void install(String program) throws IOException {
    assertThat(Files.createFile(programs.resolve(program)).toFile().setExecutable(true)).isTrue();
  }

  @Test
  void aBareMachineHasItsSystemAlone() {
    assertThat(tools.find()).containsOnlyKeys("os", "arch");
    assertThat(new Tools("", directory.resolve("nowhere")).find()).containsOnlyKeys("os", "arch");
  }

  @Test
  void programsAreFoundOnTheSearchPath() throws IOException {
    install("python3");
    install("podman");
    Files.createFile(programs.resolve("node"));
    assertThat(tools.find())
        .containsEntry("python3", "true")
        .containsEntry("container", "podman")
        .doesNotContainKey("node");
    install("docker");
    assertThat(tools.find()).containsEntry("container", "docker");
  }

  @Test
  void graphicsProcessorsAreCounted() throws IOException {
    Files.createFile(devices.resolve("nvidiactl"));
    Files.createDirectory(devices.resolve("dri"));
    Files.createFile(devices.resolve("dri/renderD128"));
    assertThat(tools.find()).as("a screen is none").doesNotContainKey("gpu");
    Files.createFile(devices.resolve("kfd"));
    assertThat(tools.find()).containsEntry("gpu", "true").containsEntry("gpus", "1");
    Files.createFile(devices.resolve("nvidia0"));
    Files.createFile(devices.resolve("nvidia1"));
    assertThat(tools.find()).containsEntry("gpus", "2");
  }

  @Test
  void whatWasFoundIsInTheHelloAndWhatComesLaterIsTold() throws IOException {
    try (Cluster cluster =
        Cluster.start(
            directory.resolve("work"),
            new FakeCoordinator(),
            options -> options.tools(tools).lookEvery(Duration.ofMillis(20)))) {
      FakeCoordinator.Stream session = cluster.coordinator().session(0);
      WorkerMessage hello = session.messages().getFirst();
      assertThat(hello.getHello().getFoundMap()).doesNotContainKey("python3");
      assertThat(hello.getHello().getCapacity().getProcessors()).isPositive();

      install("python3");

      await()
          .atMost(FakeCoordinator.PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> !told(session).isEmpty());
      assertThat(told(session).getFirst().getFoundMap()).containsEntry("python3", "true");
      assertThat(told(session).getFirst().getKindsList()).contains("run:shell");
    }
  }

  @Test
  void whatComesBetweenHelloAndWelcomeIsToldBehindIt() throws IOException {
    ManualTimer timer = new ManualTimer();
    FakeCoordinator coordinator = new FakeCoordinator().welcoming(false);
    try (Cluster _ =
        Cluster.start(
            directory.resolve("work"),
            coordinator,
            options -> options.tools(tools).lookEvery(Duration.ofSeconds(1)),
            timer)) {
      FakeCoordinator.Stream session = coordinator.session(0);
      install("python3");
      timer.pass(1_000);

      session.welcome();

      await().atMost(FakeCoordinator.PATIENCE).until(() -> !told(session).isEmpty());
      assertThat(told(session).getFirst().getFoundMap()).containsEntry("python3", "true");
    }
  }

  private static List<Capabilities> told(FakeCoordinator.Stream session) {
    return session.messages().stream()
        .filter(WorkerMessage::hasCapabilities)
        .map(WorkerMessage::getCapabilities)
        .toList();
  }
}
