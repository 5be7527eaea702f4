package dev.capstan.verify.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whose JVM this is. In a lab's namespaces that user is called root. */
record TestUser(int user, int group) {
  static TestUser current() {
    try {
      Path self = Path.of("/proc/self");
      return new TestUser(
          (int) Files.getAttribute(self, "unix:uid"), (int) Files.getAttribute(self, "unix:gid"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What to put before a command, so that it runs as this user and not as the lab's root. */
  List<String> command() {
    return user == 0
        ? List.of()
        : List.of("unshare", "--user", "--map-user=" + user, "--map-group=" + group, "--");
  }
}
