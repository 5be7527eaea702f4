package dev.capstan.security.pki;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory that only its owner may enter, with files that only their owner may read. A file is
 * replaced as a whole and is on disk when that is done: after a crash it is the old or the new one.
 *
 * <p>What others may read is refused, not mended: whoever could read a key may have done so.
 */
final class SecretFiles {
  private static final Set<PosixFilePermission> OWNER_FILE =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Set<PosixFilePermission> OWNER_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final int LARGEST = 1 << 20;

  private final Path directory;

  private SecretFiles(Path directory) {
    this.directory = directory;
  }

  /** Makes the directory when it is missing. */
  static SecretFiles in(Path directory) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (!Files.exists(directory)) {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_DIRECTORY));
    }
    requirePrivate(directory, "700");
    return new SecretFiles(directory);
  }

  private static void requirePrivate(Path path, String mode) throws IOException {
    Set<PosixFilePermission> present = Files.getPosixFilePermissions(path);
    if (!OWNER_DIRECTORY.containsAll(present)) {
      throw new UnusableFileException(
          path,
          "is open to other users of this machine ("
              + PosixFilePermissions.toString(present)
              + "), and holds private keys: chmod "
              + mode
              + " "
              + path
              + ", and replace the keys if others may have read them");
    }
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  /** The text of a file; null when there is none. */
  @Nullable String read(String name) throws IOException {
    Path file = path(name);
    if (!Files.exists(file)) {
      return null;
    }
    requirePrivate(file, "600");
    if (Files.size(file) > LARGEST) {
      throw new UnusableFileException(file, "is larger than keys and certificates are; replace it");
    }
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  void write(String name, String text) throws IOException {
    Path fresh =
        Files.createTempFile(
            directory, name + ".", ".new", PosixFilePermissions.asFileAttribute(OWNER_FILE));
    try {
      try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(fresh, path(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(fresh);
      throw e;
    }
    sync();
  }

  void delete(String name) throws IOException {
    if (Files.deleteIfExists(path(name))) {
      sync();
    }
  }

  /** Makes the names in the directory durable. */
  private void sync() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
