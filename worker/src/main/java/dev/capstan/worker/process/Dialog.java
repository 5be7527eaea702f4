package dev.capstan.worker.process;

import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.TaskFault;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running program that is spoken with line by line, on its standard input and output. What it
 * says on standard error is shown to whoever watches the task. One thread speaks and listens; any
 * thread may end it.
 */
public final class Dialog implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Dialog.class);

  /** For the last words of a program that ends. */
  private static final Duration REST = Duration.ofSeconds(1);

  private final Launcher.Running running;
  private final Duration grace;
  private final Lines lines;
  private final Capture said = Capture.tail();
  private final Pump err;

  Dialog(Attempt attempt, Launcher.Running running, Limits limits) {
    this.running = running;
    this.grace = limits.killGrace();
    this.lines = new Lines(limits.processOutputBytes());
    Process process = running.process();
    Pump.start(process.getInputStream(), lines, "capstan-dialog-" + process.pid());
    this.err =
        Pump.start(
            process.getErrorStream(),
            (bytes, length) -> {
              attempt.output(Attempt.Stream.STDERR, bytes, 0, length);
              said.write(bytes, length);
            },
            "capstan-STDERR-" + process.pid());
  }

  /**
   * Says a line. Blocks while the program does not read, beyond the reach of an interrupt.
   *
   * @param line without its end, and without line breaks in it
   * @throws TaskFault of type {@code runtime} when the program has ended
   */
  public void say(byte[] line) throws InterruptedException {
    OutputStream stdin = running.process().getOutputStream();
    try {
      stdin.write(line);
      stdin.write('\n');
      stdin.flush();
    } catch (IOException closed) {
      LOG.debug("A program's standard input is closed: {}", closed.getMessage());
      throw gone();
    }
  }

  /**
   * The next line, without its end.
   *
   * @throws TaskFault of type {@code runtime} when the program has ended or the line is too long
   */
  public byte[] hear() throws InterruptedException {
    byte @Nullable [] line = lines.next();
    if (line != null) {
      return line;
    }
    if (lines.overflowed()) {
      throw new TaskFault(
          ErrorType.RUNTIME.fault(
              "Output too large",
              "The program wrote a line of more than "
                  + lines.limit()
                  + " bytes, the limit (processOutputBytes) of this node."));
    }
    throw gone();
  }

  private TaskFault gone() throws InterruptedException {
    Process process = running.process();
    boolean exited = process.waitFor(REST.toMillis(), TimeUnit.MILLISECONDS);
    err.await(REST);
    String end = said.end();
    String how =
        exited
            ? "The program ended before it answered, with exit code " + process.exitValue()
            : "The program closed its standard input or output before it answered";
    return new TaskFault(
        ErrorType.RUNTIME.fault("Program failed", how + (end.isEmpty() ? "." : ": " + end)));
  }

  /** Lets the program end by itself, a moment; then ends it and all that it has started. */
  @Override
  public void close() {
    try {
      running.process().getOutputStream().close();
      boolean _ = running.process().waitFor(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (IOException ended) {
      LOG.debug("A program's standard input is closed: {}", ended.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    abort();
  }

  /** Ends the program and all that it has started, whatever it does. */
  public void abort() {
    lines.close();
    running.tree().end(grace);
  }
}
