package dev.capstan.server.store;

import dev.capstan.node.env.DataDirectory;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.env.StartupRefusal.Code;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A store's directories: {@code live}; {@code next} while a checkpoint is being taken over; {@code
 * staged} when it is complete. A crash at any moment leaves the old state or the new one.
 */
final class StoreFiles {
  private final Path root;

  private StoreFiles(Path root) {
    this.root = root;
  }

  /** Creates what is missing, and finishes or undoes what a crash interrupted. */
  static StoreFiles prepare(Path root) {
    StoreFiles files = new StoreFiles(root);
    try {
      Files.createDirectories(root);
      delete(root.resolve("next"));
      if (Files.exists(files.staged())) {
        files.swap();
      }
      Files.createDirectories(files.live());
      return files;
    } catch (IOException e) {
      throw new StartupRefusal(
          Code.DIRECTORY_UNUSABLE,
          "The store's directory " + root + " can't be used (" + e + ")",
          "The state must be on disk",
          "check the disk and the rights on the directory",
          e);
    }
  }

  Path live() {
    return root.resolve("live");
  }

  private Path staged() {
    return root.resolve("staged");
  }

  /**
   * Copies a checkpoint so that {@link #swap()} can put it in place. Files that never change are
   * linked.
   */
  void stage(Path checkpoint) throws IOException {
    Path next = root.resolve("next");
    delete(next);
    Files.createDirectories(next);
    try (Stream<Path> list = Files.list(checkpoint)) {
      for (Path file : list.toList()) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(".sst")) {
          link(file, next.resolve(name));
        } else if (!name.equals("LOG") && !name.endsWith(".md5")) {
          Files.copy(file, next.resolve(name));
          sync(next.resolve(name));
        }
      }
    }
    DataDirectory.syncDirectory(next);
    Files.move(next, staged(), StandardCopyOption.ATOMIC_MOVE);
    DataDirectory.syncDirectory(root);
  }

  private static void link(Path file, Path to) throws IOException {
    try {
      Files.createLink(to, file);
    } catch (UnsupportedOperationException | IOException e) {
      Files.copy(file, to);
      sync(to);
    }
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Puts the staged state in place of the live one. */
  void swap() throws IOException {
    delete(live());
    Files.move(staged(), live(), StandardCopyOption.ATOMIC_MOVE);
    DataDirectory.syncDirectory(root);
  }

  /** Bytes of the live files. */
  long bytes() {
    long sum = 0;
    try (Stream<Path> list = Files.list(live())) {
      for (Path file : list.toList()) {
        sum += size(file);
      }
    } catch (IOException e) {
      return -1;
    }
    return sum;
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException compactedAway) {
      return 0;
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
