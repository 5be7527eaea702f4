package dev.capstan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.Console;
import dev.capstan.cli.terminal.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Values on the command line: JSON itself, {@code @FILE}, or {@code -} for standard input. */
final class InputText {
  private InputText() {}

  /** The value; null when none was given. */
  static @Nullable JsonNode json(Console console, @Nullable String argument, String option)
      throws IOException {
    if (argument == null) {
      return null;
    }
    if (argument.equals("-")) {
      return JsonText.parse(
          new String(console.in().readAllBytes(), StandardCharsets.UTF_8), "standard input");
    }
    if (argument.startsWith("@")) {
      String name = argument.substring(1);
      return JsonText.parse(file(console, name), name);
    }
    return JsonText.parse(argument, "the value of " + option);
  }

  /** The text of a file, {@code -} for standard input. */
  static String file(Console console, String name) throws IOException {
    if (name.equals("-")) {
      return new String(console.in().readAllBytes(), StandardCharsets.UTF_8);
    }
    Path path = console.resolve(name);
    if (Files.isDirectory(path)) {
      throw CliFailure.misuse(name + " is a directory", "name a file in it");
    }
    if (!Files.exists(path)) {
      throw CliFailure.misuse(
          "there is no file " + name, "the path is taken from " + console.directory());
    }
    return Files.readString(path);
  }
}
