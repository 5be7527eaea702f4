package dev.capstan.verify.lab;

import dev.capstan.cli.Capstan;
import dev.capstan.cli.Rehearsal;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How the program is started hundreds of times: with an archive of its classes, made once for all
 * tests of a run, as its launcher starts it with one. That halves the work of a start.
 */
public final class QuickStart {
  private static final long LONGEST_SECONDS = 120;

  private QuickStart() {}

  /** Made when the program is started first: those that start other programs need no archive. */
  private static final class Options {
    static final List<String> ALL = options();
  }

  /** The virtual machine, its options and the class path; the main class comes next. */
  public static List<String> command() {
    List<String> command = new ArrayList<>(java());
    command.addAll(Options.ALL);
    return command;
  }

  /** A virtual machine for a short life. */
  static List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        // Their files are named by process id, and processes of different labs may have the same.
        "-XX:-UsePerfData",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow");
  }

  private static List<String> options() {
    String all = System.getProperty("java.class.path");
    // An archive can't be made of directories, which only classes of the tests are in.
    String jars =
        String.join(
            File.pathSeparator,
            Stream.of(all.split(File.pathSeparator))
                .filter(each -> each.endsWith(".jar"))
                .toList());
    List<String> plain = List.of("-cp", all);
    if (!isInJar(Capstan.class)) {
      return plain;
    }
    try {
      Path archive = Path.of("target", "quick-start.jsa").toAbsolutePath();
      return make(archive, jars)
          ? List.of(
              "-XX:SharedArchiveFile=" + archive, "-Xlog:cds*=off", "-Xlog:aot*=off", "-cp", jars)
          : plain;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return plain;
    }
  }

  private static boolean isInJar(Class<?> program) {
    return program.getProtectionDomain().getCodeSource().getLocation().getPath().endsWith(".jar");
  }

  private static boolean make(Path archive, String jars) throws IOException, InterruptedException {
    // The other JVM of the tests makes the same one meanwhile, and its processes are reading it.
    Path made = archive.resolveSibling("quick-start-" + ProcessHandle.current().pid() + ".jsa");
    Path stage = Files.createTempDirectory("capstan-quick-start");
    Path machine = Files.createDirectory(stage.resolve("machine"));
    Path work = Files.createDirectory(stage.resolve("work"));
    List<String> command = new ArrayList<>(java());
    command.addAll(
        List.of(
            "-XX:ArchiveClassesAtExit=" + made,
            "-Xlog:disable",
            "-Djava.library.path=" + machine,
            "-cp",
            jars,
            Rehearsal.class.getName(),
            work.toString(),
            machine.toString()));
    Process rehearsal =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(stage.resolve("log").toFile())
            .start();
    boolean ended = rehearsal.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS);
    rehearsal.destroyForcibly();
    if (!ended || rehearsal.exitValue() != 0 || !Files.exists(made)) {
      Files.deleteIfExists(made);
      return false;
    }
    Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
    return true;
  }
}
