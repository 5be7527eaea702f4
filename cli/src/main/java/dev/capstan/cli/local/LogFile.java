package dev.capstan.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.FileHandler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Where the engine's own words go while the screen belongs to the execution. */
public final class LogFile {
  private static final String FORMAT = "%1$tFT%1$tT.%1$tL%1$tz %4$s %3$s %5$s%6$s%n";
  private static final int LARGEST = 4 << 20;

  /** Loggers are collected by the garbage collector, levels and all, unless somebody holds them. */
  private static final List<Logger> QUIET = new ArrayList<>();

  private LogFile() {}

  /**
   * Sends all logs from now on to {@code capstan.log} in the data directory: at most twice four
   * megabytes.
   */
  public static void open(Path data) throws IOException {
    System.setProperty("java.util.logging.SimpleFormatter.format", FORMAT);
    Files.createDirectories(data);
    LogManager.getLogManager().reset();
    FileHandler handler =
        new FileHandler(
            data.resolve("capstan.log").toString().replace("%", "%%"), LARGEST, 2, true);
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
