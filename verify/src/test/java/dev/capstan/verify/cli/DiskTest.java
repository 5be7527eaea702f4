package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full or may not be written. Needs the right to mount one; skipped without it. */
class DiskTest {
  @TempDir Path directory;
  private Path disk;
  private Shell shell;
  private boolean mounted;

  @BeforeEach
  void makeFolders() throws IOException {
    disk = Files.createDirectories(directory.resolve("disk"));
    shell = Shell.in(directory);
    Files.writeString(
        directory.resolve("steps.yaml"),
        """
        document: { dsl: '1.0.3', namespace: test, name: steps, version: '1.0.0' }
        do:
          - many:
              for: { each: n, in: '[range(12)]' }
              do:
                - step:
                    run:
                      shell:
                        command: 'echo "$N" >> "$TRACE"; until [ "$N" -lt 3 ] || [ -e "$TRACE.full" ]; do sleep 0.05; done; head -c 600000 /dev/zero | tr "\\0" x'
                        environment: { TRACE: '${ $workflow.input.trace }', N: '${ $n | tostring }' }
          - over: { set: { done: true } }
        """);
    Files.writeString(
        directory.resolve("input.json"), "{\"trace\": \"" + directory.resolve("trace") + "\"}");
  }

  @AfterEach
  void unmount() throws IOException, InterruptedException {
    if (mounted) {
      command("umount", "--lazy", disk.toString());
    }
  }

  private void mount(String options) throws IOException, InterruptedException {
    assumeTrue(
        "root".equals(System.getProperty("user.name"))
            && command("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.toString()) == 0,
        "needs the right to mount a disk");
    mounted = true;
  }

  private static int command(String... words) throws IOException, InterruptedException {
    return new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private List<String> trace() {
    try (Stream<String> lines = Files.lines(directory.resolve("trace"))) {
      return lines.toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private void fill(Path file) throws IOException {
    byte[] block = new byte[64 << 10];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int i = 0; i < 16 << 10; i++) {
        out.write(block);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
      return;
    }
    throw new AssertionError("the disk does not get full");
  }

  @Test
  void aDiskThatGetsFullEndsTheRunAndWithSpaceItGoesOn() throws IOException, InterruptedException {
    mount("size=96m");
    String[] command = {
      "run",
      "steps.yaml",
      "--input",
      "@input.json",
      "--data",
      "disk/data",
      "--id",
      "full",
      "-o",
      "json"
    };
    Path filler = disk.resolve("filler");
    try (Started run = shell.start(command)) {
      run.awaitUntil("the fourth step", () -> trace().size() == 4);
      fill(filler);
      Files.createFile(directory.resolve("trace.full"));

      Ended stopped = run.awaitEnd();

      assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(1);
      assertThat(stopped.out()).isEmpty();
      assertThat(stopped.err())
          .contains("error CAP-7001", "disk/data: No space left on device", "free space")
          .doesNotContain("\tat ")
          .doesNotContain("ErrorManager");
    }
    Files.delete(filler);

    Ended again = shell.run(command);

    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.json().path("output").path("done").asBoolean()).isTrue();
    assertThat(trace()).startsWith("0", "1", "2", "3").endsWith("10", "11");
    assertThat(trace().subList(0, 3))
        .as("completed steps did not run again")
        .isSubsetOf("0", "1", "2");
    assertThat(trace())
        .filteredOn(line -> line.length() == 1 && line.compareTo("3") < 0)
        .hasSize(3);
  }

  @Test
  void aDiskWithTooLittleSpaceIsRefusedAtTheStart() throws IOException, InterruptedException {
    mount("size=8m");

    Ended run = shell.run("run", "steps.yaml", "--data", "disk/data");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("MiB free", "At least 64 MiB must be free", "--data DIR");
  }

  @Test
  void aReadOnlyDiskIsRefusedAtTheStart() throws IOException, InterruptedException {
    mount("ro");

    Ended run = shell.run("run", "steps.yaml", "--data", "disk/data");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains(
            "can't write to the data directory " + disk.resolve("data"), "Read-only file system");
  }
}
