package dev.capstan.verify.lab;

import dev.capstan.cli.Capstan;
import dev.capstan.cli.Rehearsal;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the program is started hundreds of times: with an archive of its classes, made once for all
 * tests of a run, as its launcher starts it with one. That halves the work of a start.
 */
public final class QuickStart {
  private static final long LONGEST_SECONDS = 120;

  private QuickStart() {}

  /** Made when the program is started first: those that start other programs need no archive. */
  private static final class Archive {
    static final List<String> OPTIONS = archive();
  }

  /** The virtual machine, its options and the class path; the main class comes next. */
  public static List<String> command() {
    return command(
        Archive.OPTIONS.isEmpty() ? onClassPath(_ -> true) : onClassPath(QuickStart::isJar));
  }

  /** As {@link #command()}, for a main class of the tests. */
  public static List<String> commandWithTests() {
    // The archive is of use where the class path begins with what it was made of.
    List<String> all = new ArrayList<>(onClassPath(QuickStart::isJar));
    all.addAll(onClassPath(each -> !isJar(each)));
    return command(all);
  }

  private static List<String> command(List<String> classPath) {
    List<String> command = new ArrayList<>(java());
    command.addAll(Archive.OPTIONS);
    command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath)));
    return command;
  }

  private static List<String> onClassPath(Predicate<String> wanted) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(wanted)
        .toList();
  }

  /** An archive can't be made of directories, which only classes of the tests are in. */
  private static boolean isJar(String path) {
    return path.endsWith(".jar");
  }

  /**
   * A script that starts the program so, for those who start it by the launcher that they are told.
   *
   * @param folder where it is put
   * @param more options of the virtual machine
   */
  public static Path launcher(Path folder, String... more) throws IOException {
    List<String> command = command();
    command.addAll(List.of(more));
    command.add(Capstan.class.getName());
    Path launcher = Files.createDirectories(folder).resolve("capstan");
    Files.writeString(
        launcher,
        command.stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" ", "#!/bin/sh\nexec ", " \"$@\"\n")));
    if (!launcher.toFile().setExecutable(true)) {
      throw new IOException(launcher + " can't be made executable");
    }
    return launcher;
  }

  /** A virtual machine for a short life. */
  static List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        // Else it stops for a whole collection with every seven megabytes of compiled code.
        "-XX:ReservedCodeCacheSize=240m",
        // Else filling it stops the machine for a whole collection, several times at the start.
        "-XX:MetaspaceSize=128m",
        // Their files are named by process id, and processes of different labs may have the same.
        "-XX:-UsePerfData",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow");
  }

  /** Options, or none where there is no archive. */
  private static List<String> archive() {
    if (!isInJar(Capstan.class)) {
      return List.of();
    }
    try {
      Path archive =
          Path.of("target", "quick-start-" + Runtime.version() + ".jsa").toAbsolutePath();
      return makeOnce(archive, onClassPath(QuickStart::isJar))
          ? List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds*=off", "-Xlog:aot*=off")
          : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  private static boolean isInJar(Class<?> program) {
    return program.getProtectionDomain().getCodeSource().getLocation().getPath().endsWith(".jar");
  }

  /** The virtual machine of the tests that comes first makes it, and the others wait for it. */
  private static boolean makeOnce(Path archive, List<String> jars)
      throws IOException, InterruptedException {
    try (FileChannel file =
            FileChannel.open(
                archive.resolveSibling("quick-start.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock _ = file.lock()) {
      return isOf(archive, jars) || make(archive, jars);
    }
  }

  private static boolean isOf(Path archive, List<String> jars) throws IOException {
    if (!Files.exists(archive)) {
      return false;
    }
    FileTime made = Files.getLastModifiedTime(archive);
    for (String jar : jars) {
      if (Files.getLastModifiedTime(Path.of(jar)).compareTo(made) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean make(Path archive, List<String> jars)
      throws IOException, InterruptedException {
    Path part = archive.resolveSibling("quick-start.part");
    Files.deleteIfExists(part);
    Path stage = Files.createTempDirectory("capstan-quick-start");
    Path machine = Files.createDirectory(stage.resolve("machine"));
    Path work = Files.createDirectory(stage.resolve("work"));
    List<String> command = new ArrayList<>(java());
    command.addAll(
        List.of(
            "-XX:ArchiveClassesAtExit=" + part,
            "-Xlog:disable",
            "-Djava.library.path=" + machine,
            "-cp",
            String.join(File.pathSeparator, jars),
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
    if (!ended || rehearsal.exitValue() != 0 || !Files.exists(part)) {
      return false;
    }
    Path _ = Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE);
    return true;
  }
}
