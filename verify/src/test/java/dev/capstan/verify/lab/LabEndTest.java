package dev.capstan.verify.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nothing of a lab stays, however it ends. */
@EnabledIfNetworkLab
class LabEndTest {
  @TempDir Path folder;

  @Test
  void closingLeavesNothing() throws IOException {
    List<String> before = machine();
    Lab lab = Lab.open();
    Host host = lab.host("a");
    HostProcess process =
        host.start(List.of("sh", "-c", "sleep 1000 & sleep 1001"), Map.of(), log());
    Path network = Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/ns/net"));
    assertThat(processesIn(network)).isNotEmpty();

    lab.close();

    assertThat(process.isAlive()).isFalse();
    assertThat(processesIn(network)).isEmpty();
    assertThat(lab.doors().getParent()).doesNotExist();
    assertThat(machine()).isEqualTo(before);
    lab.close();
  }

  @Test
  void labsDoNotKnowEachOther() {
    Lab one = Lab.open();
    try (Lab other = Lab.open()) {
      Host a = one.host("same");
      Host b = other.host("same");
      HostProcess inOne = a.start(List.of("cat"), Map.of(), log());
      HostProcess inOther = b.start(List.of("cat"), Map.of(), log());
      one.close();

      inOther.tell("still here");

      assertThat(inOther.line()).isEqualTo("still here");
      assertThat(inOne.isAlive()).isFalse();
    }
  }

  /** In a folder of their own, since labs of other tests remove what is left as well. */
  @Test
  void theEndOfAJvmThatIsKilledIsTheEndOfItsLab() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    Process victim = owner(temporary);
    BufferedReader output = victim.inputReader(StandardCharsets.UTF_8);
    List<Long> pids = Arrays.stream(output.readLine().split(" ", -1)).map(Long::valueOf).toList();
    Path left = Path.of(output.readLine());
    assertThat(pids).allMatch(pid -> ProcessHandle.of(pid).isPresent());

    int _ = victim.destroyForcibly().waitFor();

    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> pids.stream().allMatch(pid -> ProcessHandle.of(pid).isEmpty()));
    assertThat(left).exists();
    Process next = owner(temporary);
    assertThat(next.inputReader(StandardCharsets.UTF_8).readLine()).isNotNull();
    assertThat(left).as("the next lab removes the folder").doesNotExist();
    next.outputWriter(StandardCharsets.UTF_8).close();
    assertThat(next.waitFor()).isZero();
    assertThat(temporary).isEmptyDirectory();
  }

  private Process owner(Path temporary) throws IOException {
    return new ProcessBuilder(
            JavaCommand.of(
                Owner.class, List.of("-Djava.io.tmpdir=" + temporary), List.of(log().toString())))
        .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
  }

  /** Opens a lab, says which processes are in it and where its folder is, and waits. */
  static final class Owner {
    private Owner() {}

    public static void main(String[] arguments) throws IOException {
      Lab lab = Lab.open();
      HostProcess process = lab.host("a").start(List.of("cat"), Map.of(), Path.of(arguments[0]));
      System.out.println(process.pid() + " " + lab.namespaces().first().pid());
      System.out.println(lab.doors().getParent());
      System.in.read();
    }
  }

  private Path log() {
    return folder.resolve("log");
  }

  /** Those names of a lab's that the machine itself knows; containers of others come and go. */
  private static List<String> machine() throws IOException {
    Process process =
        new ProcessBuilder("sh", "-c", "ip netns list; ip -o link | cut -d: -f2")
            .redirectErrorStream(true)
            .start();
    String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return all.lines()
        .map(line -> line.strip().replaceFirst("[ @].*", ""))
        .filter(name -> name.matches("a|door|p[0-9]+(-host)?"))
        .toList();
  }

  private static List<Path> processesIn(Path network) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      return all.filter(each -> each.getFileName().toString().matches("[0-9]+"))
          .filter(each -> isIn(each, network))
          .toList();
    }
  }

  private static boolean isIn(Path process, Path network) {
    try {
      return Files.readSymbolicLink(process.resolve("ns/net")).equals(network);
    } catch (IOException e) {
      // It has ended meanwhile, or is another user's.
      return false;
    }
  }
}
