package dev.capstan.cli;

import dev.capstan.cli.terminal.CliFailure;
import org.jspecify.annotations.Nullable;

/** Ports on the command line. */
final class Ports {
  private static final int LAST = 65_535;

  private Ports() {}

  /** The port; 0 for {@code auto}. */
  static int parse(@Nullable String text, int without) {
    if (text == null) {
      return without;
    }
    if (text.equals("auto")) {
      return 0;
    }
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= LAST) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw CliFailure.misuse(
        "\"" + text + "\" is no port", "1 to " + LAST + ", or auto for one that is free");
  }
}
