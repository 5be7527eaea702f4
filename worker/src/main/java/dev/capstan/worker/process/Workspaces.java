package dev.capstan.worker.process;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Directories of attempts, each seen by one attempt only. All of them are below one directory of
 * this worker.
 */
public final class Workspaces {

  private static final Logger LOG = LoggerFactory.getLogger(Workspaces.class);

  private final Path root;

  /**
   * Makes a directory of this worker below {@code parent}; other workers may use the same parent.
   *
   * @throws IOException when it can't be made
   */
  public Workspaces(Path parent) throws IOException {
    Files.createDirectories(parent);
    root = Files.createTempDirectory(parent, "worker-");
  }

  /** A new empty directory. */
  public Path create() throws IOException {
    return Files.createTempDirectory(root, "attempt-");
  }

  /**
   * Removes a directory with all in it, and never what a link in it points to. What can't be
   * removed is logged.
   */
  public void remove(Path directory) {
    try {
      Files.walkFileTree(directory, new Removal());
    } catch (IOException e) {
      LOG.warn("Working directory {} could not be removed: {}", directory, e.toString());
    }
  }

  /** Removes all directories. */
  public void close() {
    remove(root);
  }

  private static final class Removal extends SimpleFileVisitor<Path> {

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      // An unreadable directory may still be an empty one.
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
        throws IOException {
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
