package dev.capstan.cli.terminal;

import org.jspecify.annotations.Nullable;

/**
 * A command that can't do what it was asked, in words for the person who asked. Has no stack trace,
 * as it is no fault of the program.
 */
public final class CliFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;
  private final @Nullable String code;
  private final @Nullable String hint;

  /**
   * A failure.
   *
   * @param exitCode one of {@link ExitCode}
   * @param code such as {@code CAP-2004}; null when there is none
   * @param message what happened, without full stop
   * @param hint what to do, one advice a line; null when the message says it all
   */
  public CliFailure(int exitCode, @Nullable String code, String message, @Nullable String hint) {
    super(message, null, false, false);
    this.exitCode = exitCode;
    this.code = code;
    this.hint = hint;
  }

  /** The command line, or a file that it names, is wrong. */
  public static CliFailure misuse(String message, @Nullable String hint) {
    return new CliFailure(ExitCode.MISUSE, null, message, hint);
  }

  /** What the program ends with. */
  public int exitCode() {
    return exitCode;
  }

  /** The stable code; null when there is none. */
  public @Nullable String code() {
    return code;
  }

  /** What to do; null when the message says it all. */
  public @Nullable String hint() {
    return hint;
  }
}
