package dev.capstan.cli.local;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.FailureText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.ErrorManager;
import java.util.logging.FileHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.jspecify.annotations.Nullable;

/** Where the engine's own words go while the screen belongs to the execution. */
public final class LogFile {
  private static final String FORMAT = "%1$tFT%1$tT.%1$tL%1$tz %4$s %3$s %5$s%6$s%n";
  private static final int LARGEST = 4 << 20;

  /** Loggers are collected by the garbage collector, levels and all, unless somebody holds them. */
  private static final List<Logger> QUIET = new ArrayList<>();

  private LogFile() {}

  /**
   * Sends all logs from now on to {@code capstan.log.0} in the data directory, and what is older
   * than four megabytes to {@code capstan.log.1}, of the same size at most.
   *
   * @throws CliFailure when the directory can't be written
   */
  public static void open(Path data) {
    System.setProperty("java.util.logging.SimpleFormatter.format", FORMAT);
    FileHandler handler;
    try {
      Files.createDirectories(data);
      LogManager.getLogManager().reset();
      handler =
          new FileHandler(
              data.resolve("capstan.log").toString().replace("%", "%%"), LARGEST, 2, true);
    } catch (IOException e) {
      throw CliFailure.misuse(
          "can't write to the data directory " + data + ": " + FailureText.reason(e),
          "choose another one: --data DIR");
    }
    // A log that can't be written, on a full disk for example, is no reason to disturb the screen.
    handler.setErrorManager(
        new ErrorManager() {
          @Override
          public void error(@Nullable String message, @Nullable Exception failure, int code) {}
        });
    handler.setFormatter(new SimpleFormatter());
    handler.setLevel(Level.INFO);
    Logger root = Logger.getLogger("");
    root.setLevel(Level.INFO);
    root.addHandler(handler);
    for (String chatty : new String[] {"org.apache.ratis", "io.grpc", "io.netty", "io.helidon"}) {
      Logger logger = Logger.getLogger(chatty);
      logger.setLevel(Level.WARNING);
      QUIET.add(logger);
    }
  }
}
