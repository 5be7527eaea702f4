package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a command writes its text: what {@code --to} names, or standard output. */
record TargetFile(Console console, @Nullable String name) {

  /**
   * @throws CliFailure if the file can't be one
   */
  void write(String text) throws IOException {
    if (name == null) {
      console.data(text);
      return;
    }
    Path path = console.resolve(name);
    Path folder = path.getParent();
    if (Files.isDirectory(path)) {
      throw CliFailure.misuse(name + " is a directory", "name a file in it");
    }
    if (folder != null && !Files.isDirectory(folder)) {
      throw CliFailure.misuse("there is no directory for " + name, "make " + folder);
    }
    Files.writeString(path, text + "\n", StandardCharsets.UTF_8);
  }
}
