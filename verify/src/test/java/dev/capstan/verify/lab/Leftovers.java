package dev.capstan.verify.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The folders of labs, named by the process that has them. The kernel takes everything else away
 * when a JVM is killed; its folder waits for the next lab.
 */
final class Leftovers {
  private static final Pattern NAME = Pattern.compile("lab-([0-9]{1,10})-.*");
  private static final Path PARENT = Path.of(System.getProperty("java.io.tmpdir"));

  private Leftovers() {}

  static Path folder() throws IOException {
    return Files.createTempDirectory(PARENT, "lab-" + ProcessHandle.current().pid() + "-");
  }

  /** Removes the folders of processes that are gone, of this user or, for root, of any. */
  static void remove() throws IOException {
    try (Stream<Path> folders = Files.list(PARENT)) {
      for (Path folder : folders.toList()) {
        Matcher name = NAME.matcher(folder.getFileName().toString());
        if (name.matches()
            && Files.isWritable(folder)
            && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
          delete(folder);
        }
      }
    }
  }

  /** Removes a lab's folder, if it is still there. */
  static void delete(Path folder) throws IOException {
    for (String file : List.of("doors", "switch.log")) {
      Files.deleteIfExists(folder.resolve(file));
    }
    Files.deleteIfExists(folder);
  }
}
