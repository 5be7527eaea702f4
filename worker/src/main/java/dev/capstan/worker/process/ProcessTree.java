package dev.capstan.worker.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All processes that come from one program. Children are found through the operating system's tree;
 * those whose parent has ended have left it, and are found on Linux by a mark in their environment,
 * which every process inherits.
 */
final class ProcessTree {

  /** The environment variable that marks a process as ours. */
  static final String MARK = "CAPSTAN_PROCESS";

  private static final Logger LOG = LoggerFactory.getLogger(ProcessTree.class);

  private static final Path PROC = Path.of("/proc");

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private static final Duration PATIENCE = Duration.ofMillis(100);

  /** A program that forks faster than it can be killed is given up after so many rounds. */
  private static final int ROUNDS = 20;

  private final ProcessHandle root;
  private final byte[] mark;

  private ProcessTree(ProcessHandle root, String id) {
    this.root = root;
    this.mark = (MARK + "=" + id).getBytes(StandardCharsets.UTF_8);
  }

  /** Starts a program whose processes can be found again. */
  static Started start(ProcessBuilder program) throws IOException {
    String id = UUID.randomUUID().toString();
    program.environment().put(MARK, id);
    Process process = program.start();
    return new Started(process, new ProcessTree(process.toHandle(), id));
  }

  /** A running program and all that comes from it. */
  record Started(Process process, ProcessTree tree) {}

  /**
   * Ends all processes: asks first, and kills what is left after {@code grace}. Returns when they
   * are gone. Not disturbed by interrupts.
   */
  void end(Duration grace) {
    Map<Long, ProcessHandle> first = members();
    signal(first, ProcessHandle::destroy);
    if (first.isEmpty() || gone(first, grace)) {
      return;
    }
    for (int round = 0; round < ROUNDS; round++) {
      Map<Long, ProcessHandle> left = members();
      signal(left, ProcessHandle::destroyForcibly);
      if (gone(left, PATIENCE)) {
        return;
      }
    }
    LOG.warn("Processes of program {} could not be killed: {}", root.pid(), members().keySet());
  }

  /**
   * Waits until nothing runs any more. One that ends has lost its mark some time before it has
   * ended; so those that were signalled are looked at themselves.
   */
  private boolean gone(Map<Long, ProcessHandle> signalled, Duration longest) {
    long end = System.nanoTime() + longest.toNanos();
    while (signalled.values().stream().anyMatch(ProcessTree::runs) || !members().isEmpty()) {
      if (System.nanoTime() >= end) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }

  private static void signal(Map<Long, ProcessHandle> members, Consumer<ProcessHandle> signal) {
    for (ProcessHandle member : members.values()) {
      signal.accept(member);
    }
  }

  private Map<Long, ProcessHandle> members() {
    Map<Long, ProcessHandle> members = new LinkedHashMap<>();
    if (runs(root)) {
      members.put(root.pid(), root);
    }
    root.descendants()
        .filter(ProcessTree::runs)
        .forEach(member -> members.put(member.pid(), member));
    marked(members);
    return members;
  }

  private void marked(Map<Long, ProcessHandle> members) {
    if (!Files.isDirectory(PROC)) {
      return;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        long pid = Long.parseLong(process.getFileName().toString());
        if (!members.containsKey(pid) && isMarked(process)) {
          ProcessHandle.of(pid)
              .filter(ProcessTree::runs)
              .ifPresent(member -> members.put(pid, member));
        }
      }
    } catch (IOException | NumberFormatException e) {
      LOG.debug("The list of processes could not be read", e);
    }
  }

  private boolean isMarked(Path process) {
    try {
      return contains(Files.readAllBytes(process.resolve("environ")), mark);
    } catch (IOException endedOrForeign) {
      return false;
    }
  }

  private static boolean contains(byte[] text, byte[] part) {
    for (int from = 0; from + part.length <= text.length; from++) {
      int matched = 0;
      while (matched < part.length && text[from + matched] == part[matched]) {
        matched++;
      }
      if (matched == part.length) {
        return true;
      }
    }
    return false;
  }

  /** A zombie has ended: it only waits for a parent that may never ask. */
  private static boolean runs(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    try {
      String status =
          Files.readString(PROC.resolve(process.pid() + "/stat"), StandardCharsets.ISO_8859_1);
      int state = status.lastIndexOf(')') + 2;
      return state >= status.length() || status.charAt(state) != 'Z';
    } catch (IOException noProcFileSystem) {
      return process.isAlive();
    }
  }
}
