package dev.capstan.server;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Hears what one class tells the log while a test runs. */
public final class HeardLog extends Handler implements BeforeEachCallback, AfterEachCallback {
  private final Logger logger;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  public HeardLog(Class<?> of) {
    logger = Logger.getLogger(of.getName());
  }

  /** What was told so far, which may be cleared. */
  public List<String> lines() {
    return lines;
  }

  @Override
  public void beforeEach(ExtensionContext test) {
    logger.setLevel(Level.INFO);
    logger.addHandler(this);
  }

  @Override
  public void afterEach(ExtensionContext test) {
    logger.removeHandler(this);
    logger.setLevel(null);
  }

  @Override
  public void publish(LogRecord line) {
    lines.add(line.getMessage());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
