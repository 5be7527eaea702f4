package dev.capstan.verify.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** On which TCP ports a process listens, as the kernel says. */
final class ListeningPorts {
  private static final String LISTENING = "0A";
  private static final int ADDRESS = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;

  private ListeningPorts() {}

  static Set<Integer> of(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    Set<String> own = sockets(process.resolve("fd"));
    Set<Integer> ports = new TreeSet<>();
    for (String table : List.of("net/tcp", "net/tcp6")) {
      for (String line : Files.readAllLines(process.resolve(table))) {
        String[] fields = line.strip().split("\\s+");
        if (fields.length > INODE
            && fields[STATE].equals(LISTENING)
            && own.contains(fields[INODE])) {
          String address = fields[ADDRESS];
          ports.add(Integer.parseInt(address.substring(address.lastIndexOf(':') + 1), 16));
        }
      }
    }
    return ports;
  }

  /** Inodes of the sockets that the process has open. */
  private static Set<String> sockets(Path descriptors) throws IOException {
    Set<String> inodes = new HashSet<>();
    try (Stream<Path> all = Files.list(descriptors)) {
      for (Path each : all.toList()) {
        if (Files.isSymbolicLink(each)) {
          String target = target(each);
          if (target.startsWith("socket:[")) {
            inodes.add(target.substring("socket:[".length(), target.length() - 1));
          }
        }
      }
    }
    return inodes;
  }

  /** Empty for one that has been closed since it was listed. */
  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException closed) {
      return "";
    }
  }
}
