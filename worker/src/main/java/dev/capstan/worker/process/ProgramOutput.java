package dev.capstan.worker.process;

import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.ErrorType;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;

/**
 * What a program writes: shown to whoever watches its task, and kept as far as its result needs it.
 * Safe for concurrent use.
 */
public final class ProgramOutput {

  private final Attempt attempt;
  private final Returned returned;
  private final Capture stdout;
  private final Capture stderr;

  /** Of the attempt's program; kept within {@code limits}. */
  public ProgramOutput(Attempt attempt, Returned returned, Limits limits) {
    this.attempt = attempt;
    this.returned = returned;
    this.stdout = capture(returned.needsStdout(), limits);
    this.stderr = capture(returned.needsStderr(), limits);
  }

  private static Capture capture(boolean needed, Limits limits) {
    return needed ? Capture.whole(limits.processOutputBytes()) : Capture.tail();
  }

  /** Takes what the program wrote; false once it has written too much and is to be killed. */
  public boolean take(Attempt.Stream stream, byte[] bytes, int length) {
    attempt.output(stream, bytes, 0, length);
    return (stream == Attempt.Stream.STDOUT ? stdout : stderr).write(bytes, length);
  }

  /**
   * How the attempt ends when its program has ended: with what was to be returned, or a {@code
   * runtime} error when the exit code is not 0 and not asked for, or too much was written.
   */
  public Outcome outcome(int exitCode) {
    if (stdout.overflowed() || stderr.overflowed()) {
      String which = stdout.overflowed() ? "standard output" : "standard error";
      return new Outcome.Faulted(
          ErrorType.RUNTIME.fault(
              "Output too large",
              "The program wrote more than "
                  + stdout.limit()
                  + " bytes to its "
                  + which
                  + ", the limit (processOutputBytes) of this node, and was killed."));
    }
    if (exitCode != 0 && !returned.acceptsAnyExitCode()) {
      String end = stderr.end();
      return new Outcome.Faulted(
          ErrorType.RUNTIME.fault(
              "Program failed", "Exit code " + exitCode + (end.isEmpty() ? "." : ": " + end)));
    }
    return new Outcome.Completed(returned.output(exitCode, stdout, stderr));
  }
}
