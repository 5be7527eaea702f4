package dev.capstan.cli.local;

import dev.capstan.cli.terminal.CliFailure;
import dev.capstan.cli.terminal.ExitCode;
import dev.capstan.node.env.StartupRefusal;
import org.jspecify.annotations.Nullable;

/** A start that the engine refused, in words for the command line. */
public final class StartFailure {
  private static final String LOG_LOST = "CAP-8201";
  private static final String RUNS_ELSEWHERE = "CAP-8202";

  private StartFailure() {}

  /**
   * The failure of a command.
   *
   * @param remedy what to do; null for what the engine says
   */
  public static CliFailure of(StartupRefusal refusal, @Nullable String remedy) {
    int exit =
        switch (refusal.code()) {
          case DIRECTORY_LOCKED, ADDRESS_UNAVAILABLE, RUNS_ELSEWHERE -> ExitCode.CONFLICT;
          case CONFIGURATION_INVALID,
              SECRETS_UNREADABLE,
              DIRECTORY_UNUSABLE,
              NOT_JOINED,
              CERTIFICATE_OVER,
              KEYS_UNUSABLE ->
              ExitCode.MISUSE;
          case DIRECTORY_FOREIGN,
              IDENTITY_DAMAGED,
              FORMAT_NEWER,
              SPACE_LOW,
              LOG_DAMAGED,
              LOG_MISSING,
              LOG_LOST,
              LOG_BEHIND_STORE,
              STORE_BEHIND_LOG,
              VOTE_DAMAGED,
              STORE_DAMAGED,
              GROUP_UNKNOWN,
              LOG_START_FAILED,
              NOT_READY_IN_TIME ->
              ExitCode.FAILED;
        };
    String fitting =
        switch (refusal.code()) {
          case DIRECTORY_LOCKED, DIRECTORY_UNUSABLE -> refusal.remedy() + ": --data DIR";
          case SPACE_LOW -> "free space on this disk, or take a directory on another: --data DIR";
          default -> refusal.remedy();
        };
    return new CliFailure(
        exit,
        problem(refusal.code()),
        refusal.what() + "\n" + refusal.why(),
        remedy == null ? fitting : remedy);
  }

  /** The code of the page that says more; null where there is none. */
  private static @Nullable String problem(StartupRefusal.Code code) {
    return switch (code) {
      case LOG_LOST -> LOG_LOST;
      case RUNS_ELSEWHERE -> RUNS_ELSEWHERE;
      default -> null;
    };
  }
}
