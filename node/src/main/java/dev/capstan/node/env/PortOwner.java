package dev.capstan.node.env;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the process that listens on a port, from Linux's /proc as far as it may be read. */
public final class PortOwner {
  /** State of a listening socket in /proc/net/tcp. */
  private static final String LISTEN = "0A";

  private final Path proc;

  /**
   * A finder.
   *
   * @param proc where processes tell of themselves: {@code /proc}
   */
  public PortOwner(Path proc) {
    this.proc = proc;
  }

  /** The process such as {@code java (process 4711)}, null when it can't be found. */
  public @Nullable String find(int port) {
    for (String table : List.of("net/tcp", "net/tcp6")) {
      String inode = inode(proc.resolve(table), port);
      if (inode != null) {
        return process("socket:[" + inode + "]");
      }
    }
    return null;
  }

  private static @Nullable String inode(Path table, int port) {
    String local = String.format(Locale.ROOT, ":%04X", port);
    try (Stream<String> lines = Files.lines(table)) {
      return lines
          .map(line -> line.strip().split("\\s+"))
          .filter(parts -> parts.length > 9 && parts[1].endsWith(local) && parts[3].equals(LISTEN))
          .map(parts -> parts[9])
          .findFirst()
          .orElse(null);
    } catch (IOException | UncheckedIOException e) {
      return null;
    }
  }

  private @Nullable String process(String socket) {
    try (Stream<Path> processes = Files.list(proc)) {
      return processes
          .filter(path -> path.getFileName().toString().chars().allMatch(Character::isDigit))
          .filter(path -> has(path.resolve("fd"), socket))
          .map(PortOwner::name)
          .findFirst()
          .orElse(null);
    } catch (IOException | UncheckedIOException e) {
      return null;
    }
  }

  private static boolean has(Path descriptors, String socket) {
    try (Stream<Path> all = Files.list(descriptors)) {
      return all.anyMatch(path -> socket.equals(target(path)));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private static String name(Path process) {
    String id = "process " + process.getFileName();
    try {
      return Files.readString(process.resolve("comm")).strip() + " (" + id + ")";
    } catch (IOException e) {
      return id;
    }
  }
}
