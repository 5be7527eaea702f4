package dev.capstan.verify.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where a process listens with TCP, as the kernel says. */
final class ListeningPorts {
  private static final String LISTENING = "0A";
  private static final int ADDRESS = 1;
  private static final int STATE = 3;
  private static final int INODE = 9;
  private static final int WORD = 4;

  private ListeningPorts() {}

  /** The ports, at whatever addresses. */
  static Set<Integer> of(long pid) throws IOException {
    return addresses(pid).stream()
        .map(InetSocketAddress::getPort)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The addresses with their ports; one of all networks is {@code 0.0.0.0} or {@code ::}. */
  static Set<InetSocketAddress> addresses(long pid) throws IOException {
    Path process = Path.of("/proc", Long.toString(pid));
    Set<String> own = sockets(process.resolve("fd"));
    Set<InetSocketAddress> addresses = new HashSet<>();
    for (String table : List.of("net/tcp", "net/tcp6")) {
      for (String line : Files.readAllLines(process.resolve(table))) {
        String[] fields = line.strip().split("\\s+");
        if (fields.length > INODE
            && fields[STATE].equals(LISTENING)
            && own.contains(fields[INODE])) {
          String[] local = fields[ADDRESS].split(":");
          addresses.add(new InetSocketAddress(address(local[0]), Integer.parseInt(local[1], 16)));
        }
      }
    }
    return addresses;
  }

  /** The kernel writes words of four bytes, each in the order of the machine. */
  private static InetAddress address(String hexadecimal) throws UnknownHostException {
    byte[] bytes = HexFormat.of().parseHex(hexadecimal);
    if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
      ByteBuffer words = ByteBuffer.wrap(bytes);
      for (int at = 0; at < bytes.length; at += WORD) {
        words.putInt(at, Integer.reverseBytes(words.getInt(at)));
      }
    }
    return InetAddress.getByAddress(bytes);
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
