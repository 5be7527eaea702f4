package dev.capstan.server.log;

import dev.capstan.node.env.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.statemachine.impl.FileListSnapshotInfo;

/**
 * The snapshots of one group: directories {@code TERM_INDEX} below one directory. A directory gets
 * this name only when it is complete, so one with another name is what a crash left and is removed.
 */
final class Snapshots {
  private static final Pattern NAME = Pattern.compile("(\\d+)_(\\d+)");
  private static final String UNFINISHED = "unfinished";

  private final Path root;

  Snapshots(Path root) {
    this.root = root;
  }

  /** One complete snapshot. */
  record Snapshot(long term, long index, Path directory) {

    /** As the library wants it: every file, each fetched by a replica that needs this snapshot. */
    FileListSnapshotInfo info() {
      try (Stream<Path> walk = Files.walk(directory)) {
        List<FileInfo> files = new ArrayList<>();
        walk.filter(Files::isRegularFile)
            .filter(p -> !p.toString().endsWith(".md5"))
            .sorted()
            .forEach(p -> files.add(new FileInfo(p, null)));
        return new FileListSnapshotInfo(files, TermIndex.valueOf(term, index));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The newest complete snapshot. */
  Optional<Snapshot> latest() throws IOException {
    return all().stream().max(Comparator.comparingLong(Snapshot::index));
  }

  /** A directory that does not exist, to write a snapshot to. */
  Path unfinished() throws IOException {
    Files.createDirectories(root);
    Path directory = root.resolve(UNFINISHED);
    deleteRecursively(directory);
    return directory;
  }

  /** Declares what was written to {@link #unfinished()} complete. */
  Snapshot finish(long term, long index) throws IOException {
    Path directory = root.resolve(term + "_" + index);
    deleteRecursively(directory);
    Files.move(root.resolve(UNFINISHED), directory, StandardCopyOption.ATOMIC_MOVE);
    DataDirectory.syncDirectory(root);
    return new Snapshot(term, index, directory);
  }

  /**
   * Removes all but one snapshot, and whatever else lies there.
   *
   * @param more indexes of other snapshots to keep
   */
  void keepOnly(Snapshot kept, Set<Long> more) throws IOException {
    if (!Files.isDirectory(root)) {
      return;
    }
    Set<Path> all = new HashSet<>();
    all.add(kept.directory());
    for (Snapshot snapshot : all()) {
      if (more.contains(snapshot.index())) {
        all.add(snapshot.directory());
      }
    }
    List<Path> others;
    try (Stream<Path> list = Files.list(root)) {
      others = list.filter(p -> !all.contains(p)).toList();
    }
    for (Path other : others) {
      deleteRecursively(other);
    }
  }

  private List<Snapshot> all() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(root)) {
      List<Snapshot> found = new ArrayList<>();
      for (Path p : list.toList()) {
        Matcher name = NAME.matcher(String.valueOf(p.getFileName()));
        if (name.matches() && Files.isDirectory(p)) {
          found.add(new Snapshot(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)), p));
        }
      }
      return found;
    }
  }

  static void deleteRecursively(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> walk = Files.walk(directory)) {
      for (Path p : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    }
  }
}
