package dev.capstan.node.env;

import dev.capstan.node.env.StartupRefusal.Code;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The directory that holds everything a coordinator must not lose. While one of these is open no
 * other process can open the same directory, and it is known to belong to this node of this
 * cluster.
 *
 * <p>Files: {@code lock} (held while open, tells the holder's process id), {@code identity}
 * (format, cluster, node), {@code log/} and {@code store/} (owned by their packages).
 */
public final class DataDirectory implements AutoCloseable {

  /** The format this version writes and the newest it reads. */
  public static final int FORMAT = 1;

  private static final String LOCK = "lock";
  private static final String IDENTITY = "identity";

  private final Path root;
  private final String cluster;
  private final String node;
  private final FileChannel lockChannel;

  private DataDirectory(Path root, String cluster, String node, FileChannel lockChannel) {
    this.root = root;
    this.cluster = cluster;
    this.node = node;
    this.lockChannel = lockChannel;
  }

  /**
   * Opens the directory for this node, creating and marking an empty one.
   *
   * @param cluster identifier of the cluster
   * @param node identifier of this node
   * @param minimumFreeBytes the floor below which a start is refused
   * @throws StartupRefusal if the directory can't be used, is locked, belongs elsewhere or is too
   *     full
   */
  public static DataDirectory open(Path root, String cluster, String node, long minimumFreeBytes) {
    FileChannel lock = lock(root);
    try {
      checkSpace(root, minimumFreeBytes);
      checkIdentity(root, cluster, node);
      return new DataDirectory(root, cluster, node, lock);
    } catch (IOException e) {
      close(lock);
      throw unusable(root, e);
    } catch (RuntimeException e) {
      close(lock);
      throw e;
    }
  }

  public Path root() {
    return root;
  }

  public String cluster() {
    return cluster;
  }

  public String node() {
    return node;
  }

  /** Where the replicated logs live; exists. */
  public Path log() {
    return child("log");
  }

  /** Where the stores live, one directory each; exists. */
  public Path store() {
    return child("store");
  }

  private Path child(String name) {
    try {
      return Files.createDirectories(root.resolve(name));
    } catch (IOException e) {
      throw unusable(root, e);
    }
  }

  /** Lets another process open the directory. Close logs and stores first. */
  @Override
  public void close() {
    close(lockChannel);
  }

  private static FileChannel lock(Path root) {
    FileChannel channel;
    try {
      Files.createDirectories(root);
      channel =
          FileChannel.open(
              root.resolve(LOCK),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw unusable(root, e);
    }
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid), 0);
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      close(channel);
      throw locked(root, Long.toString(ProcessHandle.current().pid()));
    } catch (IOException e) {
      close(channel);
      throw unusable(root, e);
    }
    String holder = readPid(channel);
    close(channel);
    throw locked(root, holder);
  }

  private static String readPid(FileChannel channel) {
    try {
      ByteBuffer buffer = ByteBuffer.allocate(32);
      int length = channel.read(buffer, 0);
      return length <= 0
          ? "unknown"
          : new String(buffer.array(), 0, length, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static void checkSpace(Path root, long minimumFreeBytes) throws IOException {
    long free = Files.getFileStore(root).getUsableSpace();
    if (free < minimumFreeBytes) {
      throw new StartupRefusal(
          Code.SPACE_LOW,
          "The disk of " + root + " has only " + (free >> 20) + " MiB free",
          "At least " + (minimumFreeBytes >> 20) + " MiB must be free to start",
          "free space on this disk, or lower the floor in the configuration",
          null);
    }
  }

  private static void checkIdentity(Path root, String cluster, String node) throws IOException {
    Path file = root.resolve(IDENTITY);
    if (!Files.exists(file)) {
      if (holdsData(root)) {
        throw new StartupRefusal(
            Code.IDENTITY_DAMAGED,
            "The file " + file + " is missing although the directory holds data",
            "Without it nobody knows which node this data belongs to",
            "restore the file from a backup, or start with an empty directory",
            null);
      }
      writeIdentity(root, FORMAT, cluster, node);
      return;
    }
    Properties stored = read(file);
    refuseNewer(file, stored);
    refuseForeign(file, "cluster", cluster, stored.getProperty("cluster"));
    refuseForeign(file, "node", node, stored.getProperty("node"));
  }

  private static boolean holdsData(Path root) throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files.anyMatch(p -> p.endsWith("log") || p.endsWith("store"));
    }
  }

  private static void refuseNewer(Path file, Properties stored) {
    int format;
    try {
      format = Integer.parseInt(stored.getProperty("format", ""));
    } catch (NumberFormatException e) {
      throw damagedIdentity(file, e);
    }
    if (format > FORMAT) {
      throw new StartupRefusal(
          Code.FORMAT_NEWER,
          file + " says format " + format,
          "This version reads formats up to " + FORMAT,
          "start a version at least as new as the one that wrote the data",
          null);
    }
  }

  private static void refuseForeign(Path file, String what, String mine, @Nullable String found) {
    if (!mine.equals(found)) {
      throw new StartupRefusal(
          Code.DIRECTORY_FOREIGN,
          file + " says " + what + " '" + found + "', this is " + what + " '" + mine + "'",
          "A node that takes another's data forgets its own votes and promises",
          "point this node at its own data directory",
          null);
    }
  }

  private static Properties read(Path file) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    int end = text.lastIndexOf("checksum=");
    Properties stored = new Properties();
    try {
      stored.load(new StringReader(text));
    } catch (IllegalArgumentException e) {
      throw damagedIdentity(file, e);
    }
    if (end < 0 || !checksum(text.substring(0, end)).equals(stored.getProperty("checksum"))) {
      throw damagedIdentity(file, null);
    }
    return stored;
  }

  static void writeIdentity(Path root, int format, String cluster, String node) throws IOException {
    String text = "format=" + format + "\ncluster=" + cluster + "\nnode=" + node + "\n";
    text += "checksum=" + checksum(text) + "\n";
    Path temporary = root.resolve(IDENTITY + ".new");
    try (FileChannel out =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      out.force(true);
    }
    Files.move(temporary, root.resolve(IDENTITY), StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(root);
  }

  /** Makes created, renamed and deleted names in a directory durable. */
  public static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }

  private static StartupRefusal damagedIdentity(Path file, @Nullable Throwable cause) {
    return new StartupRefusal(
        Code.IDENTITY_DAMAGED,
        "The file " + file + " is damaged",
        "Without it nobody knows which node this data belongs to",
        "restore the file from a backup, or start with an empty directory",
        cause);
  }

  private static StartupRefusal locked(Path root, String holder) {
    return new StartupRefusal(
        Code.DIRECTORY_LOCKED,
        "Process " + holder + " uses the data directory " + root,
        "Two processes on one directory destroy each other's data",
        "stop process " + holder + ", or choose another data directory",
        null);
  }

  private static StartupRefusal unusable(Path root, IOException cause) {
    return new StartupRefusal(
        Code.DIRECTORY_UNUSABLE,
        "The data directory " + root + " can't be used (" + cause + ")",
        "Everything acknowledged must be on disk first",
        "check that it is a directory this user may read and write, on a healthy disk",
        cause);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
