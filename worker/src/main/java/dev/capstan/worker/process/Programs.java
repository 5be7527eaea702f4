package dev.capstan.worker.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds programs on this node's search path. */
final class Programs {

  private static final Pattern SEPARATOR = Pattern.compile(Pattern.quote(File.pathSeparator));

  private Programs() {}

  static Optional<Path> find(String name, String searchPath) {
    return SEPARATOR
        .splitAsStream(searchPath)
        .filter(directory -> !directory.isBlank())
        .flatMap(directory -> candidate(directory, name).stream())
        .findFirst();
  }

  private static Optional<Path> candidate(String directory, String name) {
    try {
      Path program = Path.of(directory, name);
      return Files.isRegularFile(program) && Files.isExecutable(program)
          ? Optional.of(program)
          : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
