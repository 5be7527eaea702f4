package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.worker.ContainerEngine;
import dev.capstan.worker.EnabledIfContainerEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers from {@code capstan run}, with the engine that {@code DOCKER_HOST} names. */
@EnabledIfContainerEngine
class ContainersTest {
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: test, name: boxes, version: '1.0.0' }\ndo:\n";

  @TempDir Path directory;
  @TempDir Path store;
  private ContainerEngine engine;
  private Shell shell;

  @BeforeEach
  void startEngine() throws IOException {
    engine = ContainerEngine.start(store);
    shell = Shell.in(directory).with("DOCKER_HOST", "unix://" + engine.socket());
  }

  @AfterEach
  void endEngine() throws IOException {
    engine.close();
  }

  @Test
  void theSpecificationsExample() throws IOException {
    Files.writeString(
        directory.resolve("stdin.yaml"),
        HEAD
            + """
              - setInput: { set: { message: Hello World } }
              - runContainer:
                  input: { from: '${ .message }' }
                  run:
                    container:
                      image: %s
                      name: '${ "hello-\\($workflow.definition.document.name)-\\($task.name)-\\($workflow.id)" }'
                      command: |
                        input=$(cat)
                        echo "STDIN was: $input"
                        echo "ARGS are $1 $2"
                      stdin: ${ . }
                      arguments: [ Foo, Bar ]
            """
                .formatted(ContainerEngine.IMAGE));

    Ended run = shell.run("run", "stdin.yaml", "--id", "one");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo("\"STDIN was: Hello World\\nARGS are Foo Bar\"\n");
    assertThat(engine.containers()).containsExactly("hello-boxes-runContainer-one");
  }

  @Test
  void aKilledEngineLeavesNoOrphanBehindWhenItGoesOn() throws IOException {
    Files.writeString(
        directory.resolve("long.yaml"),
        HEAD
            + """
              - wait:
                  run:
                    container:
                      image: %s
                      command: 'echo $CAPSTAN_ATTEMPT >> /shared/trace; until [ -e /shared/go ]; do sleep 0.05; done; echo over'
                      volumes: { '%s': /shared }
                      lifetime: { cleanup: always }
            """
                .formatted(ContainerEngine.IMAGE, directory));
    String[] command = {"run", "long.yaml", "--id", "killed"};
    try (Started first = shell.start(command)) {
      first.awaitUntil("a running container", () -> trace().equals(List.of("1")));
      first.kill();
    }
    List<String> orphan = engine.containers("status=running");
    assertThat(orphan).hasSize(1);

    try (Started second = shell.start(command)) {
      second.awaitUntil(
          "another container and no orphan",
          () -> trace().equals(List.of("1", "2")) && !engine.containers().containsAll(orphan));
      Files.createFile(directory.resolve("go"));
      Ended ended = second.awaitEnd();
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.out()).isEqualTo("\"over\"\n");
    }
    assertThat(engine.containers()).isEmpty();
  }

  private List<String> trace() {
    try {
      return Files.readAllLines(directory.resolve("trace"));
    } catch (IOException notYet) {
      return List.of();
    }
  }
}
