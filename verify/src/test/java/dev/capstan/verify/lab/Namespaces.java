package dev.capstan.verify.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces of a lab, and their first process, which is the {@link LabSwitch}. When it ends,
 * the kernel kills every process of the lab and takes the namespaces away. It ends when its input
 * ends, which the kernel sees to when this JVM is killed.
 */
final class Namespaces implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final List<String> MAKE =
      List.of(
          "unshare",
          "--user",
          "--map-root-user",
          "--mount",
          "--net",
          "--pid",
          "--fork",
          "--kill-child",
          "--mount-proc",
          "--",
          "sh",
          "-c");

  /** Gives the lab a folder of its own for the names of its network namespaces. */
  private static final String PREPARE =
      "set -e; mount -t tmpfs lab /run; mkdir /run/netns; ip link set lo up; ";

  private final Process holder;
  private final ProcessHandle first;
  private final BufferedReader answers;
  private final Writer questions;

  /**
   * @param doors where the switch listens for connections from this JVM
   * @param log for what the switch has to complain of
   */
  Namespaces(Path doors, Path log) throws IOException {
    List<String> command = new ArrayList<>(MAKE);
    command.addAll(List.of(PREPARE + "exec \"$@\"", "lab"));
    command.addAll(JavaCommand.of(LabSwitch.class, List.of("-Xmx128m"), List.of(doors.toString())));
    holder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    answers =
        new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
    questions = holder.outputWriter(StandardCharsets.UTF_8);
    String line = answers.readLine();
    if (!"ready".equals(line)) {
      holder.destroyForcibly();
      throw new IOException(
          "the lab's switch said " + line + " when it should be ready; see " + log);
    }
    first = child(holder);
  }

  /**
   * Why there can be no lab here.
   *
   * @return null when there can be one
   */
  static @Nullable String obstacle() {
    List<String> command = new ArrayList<>(MAKE);
    command.add(
        PREPARE
            + "ip netns add probe; ip link add p1 type veth peer name eth0 netns probe;"
            + " command -v nsenter >&2; ip netns exec probe true");
    try {
      Process probe = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return probe.waitFor() == 0
          ? null
          : "a network lab needs Linux with user namespaces that unprivileged users may make, and"
              + " unshare, nsenter and ip (packages util-linux and iproute2); here: "
              + said.strip();
    } catch (IOException e) {
      return "a network lab needs unshare (package util-linux) on Linux: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /** The only child of a process that does nothing but wait for it. */
  static ProcessHandle child(Process parent) {
    return Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(2))
        .failFast("process " + parent.pid() + " ended at once", () -> !parent.isAlive())
        .until(() -> parent.children().findFirst().orElse(null), found -> found != null);
  }

  /** The process whose end is the end of all. */
  ProcessHandle first() {
    return first;
  }

  /** A command that runs another one inside, as root of the lab; not in a host. */
  List<String> inside(List<String> command) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--target=" + first.pid(),
                "--user",
                "--preserve-credentials",
                "--mount",
                "--net",
                "--pid",
                "--"));
    all.addAll(command);
    return all;
  }

  /**
   * Runs a shell script inside.
   *
   * @return what it printed
   * @throws IOException when it fails, with what it printed
   */
  String run(String script) throws IOException {
    Process process =
        new ProcessBuilder(inside(List.of("sh", "-ec", script))).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.onExit().join().exitValue();
    if (code != 0) {
      throw new IOException("`" + script + "` ended with " + code + ": " + said);
    }
    return said;
  }

  /**
   * Asks the switch.
   *
   * @throws IOException when it refuses, or is gone
   */
  synchronized String ask(String question) throws IOException {
    questions.write(question + "\n");
    questions.flush();
    String answer = answers.readLine();
    if (answer == null || answer.startsWith("error")) {
      throw new IOException("`" + question + "` was answered with " + answer);
    }
    return answer;
  }

  /** Ends everything inside; returns when all processes are gone. */
  @Override
  public void close() {
    first.destroyForcibly();
    try {
      if (!holder.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("the lab's process " + holder.pid() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
