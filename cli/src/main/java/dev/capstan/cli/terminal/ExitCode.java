package dev.capstan.cli.terminal;

/** What the program's exit code says; the same list stands in the help. */
public final class ExitCode {
  /** Done; for {@code run} and {@code watch}: the execution completed. */
  public static final int OK = 0;

  /** Failed; for {@code run} and {@code watch}: the execution faulted or was cancelled. */
  public static final int FAILED = 1;

  /** The command line, the definition or the input is wrong. */
  public static final int MISUSE = 2;

  /** What the command is about does not exist. */
  public static final int NOT_FOUND = 3;

  /** It does not fit the present state, or another process is in the way. */
  public static final int CONFLICT = 4;

  /** Not known, or not allowed. */
  public static final int DENIED = 5;

  /** No server can be reached or can serve. */
  public static final int UNAVAILABLE = 6;

  /** The execution goes on, but {@code --timeout} is over. */
  public static final int STILL_RUNNING = 7;

  /** Ctrl-C. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
