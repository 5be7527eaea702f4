package dev.capstan.verify.repository;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The files of the repository that people write. Folders of builds are not looked into: other tests
 * and other modules make and remove files there meanwhile.
 */
public final class RepositoryFiles {
  /** The repository's root. */
  public static final Path ROOT = root();

  private static final Set<String> MADE = Set.of("target", ".git", "node_modules", ".capstan");

  private RepositoryFiles() {}

  /** All whose names end so. */
  public static List<Path> endingWith(String ending) {
    List<Path> found = new ArrayList<>();
    try {
      Path _ = Files.walkFileTree(ROOT, new Visitor(found, ending));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private static final class Visitor extends SimpleFileVisitor<Path> {
    private final List<Path> found;
    private final String ending;

    Visitor(List<Path> found, String ending) {
      this.found = found;
      this.ending = ending;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      return !folder.equals(ROOT) && MADE.contains(String.valueOf(folder.getFileName()))
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (file.toString().endsWith(ending)) {
        found.add(file);
      }
      return FileVisitResult.CONTINUE;
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("ARCHITECTURE.md"))) {
      folder =
          Objects.requireNonNull(folder.getParent(), "the repository's root holds ARCHITECTURE.md");
    }
    return folder;
  }
}
