package dev.capstan.cli.terminal;

import dev.capstan.client.CapstanException;
import dev.capstan.client.Finding;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong, for people: what happened, where, what to do, and the exit code. A stack trace
 * only when it was asked for.
 */
public final class FailureText {
  private static final int MOST_FINDINGS = 20;

  private final Console console;
  private final boolean debug;

  /** Failures for this console. */
  public FailureText(Console console, boolean debug) {
    this.console = console;
    this.debug = debug;
  }

  /** Prints a failure and answers the exit code that goes with it. */
  public int report(Throwable thrown) {
    Throwable failure = thrown;
    while (failure instanceof CompletionException && failure.getCause() != null) {
      failure = failure.getCause();
    }
    int exit = tell(failure);
    if (debug) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      console.talk(trace.toString().stripTrailing());
    }
    return exit;
  }

  private int tell(Throwable failure) {
    return switch (failure) {
      case CliFailure known ->
          tell(known.exitCode(), known.code(), String.valueOf(known.getMessage()), known.hint());
      case CapstanException refused -> tell(refused);
      case NoSuchFileException missing ->
          tell(
              ExitCode.MISUSE,
              null,
              "there is no file " + missing.getFile(),
              "check the path; it is taken from " + console.directory());
      case FileSystemException file ->
          tell(ExitCode.MISUSE, null, "can't use " + file.getFile() + ": " + reason(file), null);
      default -> tellUnexpected(failure);
    };
  }

  /** Why a file can't be used, in words. */
  public static String reason(IOException failure) {
    return switch (failure) {
      case AccessDeniedException _ -> "no permission";
      case FileAlreadyExistsException _ -> "it is a file, not a directory";
      case NoSuchFileException _ -> "it is not there";
      case FileSystemException file when file.getReason() != null -> file.getReason();
      default ->
          failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    };
  }

  private int tellUnexpected(Throwable failure) {
    String what =
        failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    return tell(
        ExitCode.FAILED,
        "CAP-9001",
        "the program failed: " + what,
        debug ? null : "run the same command with --debug for the details, and report them");
  }

  private int tell(CapstanException refused) {
    int exit =
        tell(
            exitCode(refused),
            refused.code(),
            String.valueOf(refused.getMessage()),
            refused.hint());
    List<Finding> findings = refused.findings();
    for (Finding finding : findings.subList(0, Math.min(findings.size(), MOST_FINDINGS))) {
      String place =
          finding.line() != null
              ? "line "
                  + finding.line()
                  + (finding.column() == null ? "" : ", column " + finding.column())
              : finding.pointer() == null || finding.pointer().isEmpty() ? "" : finding.pointer();
      console.talk(
          "  " + join(" ", finding.code(), place.isEmpty() ? null : place + ":", finding.detail()));
      if (finding.hint() != null) {
        console.talk("    = fix: " + finding.hint());
      }
    }
    if (debug) {
      console.talk(
          "  = request "
              + refused.problem().requestId()
              + ", status "
              + refused.problem().status());
    }
    return exit;
  }

  private static String join(String between, @Nullable String... parts) {
    StringBuilder text = new StringBuilder();
    for (String part : parts) {
      if (part != null) {
        text.append(text.isEmpty() ? "" : between).append(Table.printable(part));
      }
    }
    return text.toString();
  }

  private int tell(int exitCode, @Nullable String code, String message, @Nullable String hint) {
    String head = console.paint(Style.BAD, code == null ? "error:" : "error " + code + ":");
    message.lines().findFirst().ifPresent(line -> console.talk(head + " " + Table.printable(line)));
    message.lines().skip(1).forEach(line -> console.talk("  " + Table.printable(line)));
    if (hint != null) {
      hint.lines().forEach(line -> console.talk("  = fix: " + Table.printable(line)));
    }
    if (code != null) {
      console.talk("  = more: capstan explain " + code);
    }
    return exitCode;
  }

  private static int exitCode(CapstanException refused) {
    return switch (refused) {
      case CapstanException.Invalid _ -> ExitCode.MISUSE;
      case CapstanException.NotFound _ -> ExitCode.NOT_FOUND;
      case CapstanException.Conflict conflict -> conflicting(conflict);
      case CapstanException.Denied _ -> ExitCode.DENIED;
      case CapstanException.Unavailable _ -> ExitCode.UNAVAILABLE;
      case CapstanException.ServerFailed _ -> ExitCode.FAILED;
    };
  }

  /** Data that nobody takes is a wrong input, and an answer that could not be made a failure. */
  private static int conflicting(CapstanException.Conflict refused) {
    return switch (refused.problem().code()) {
      case "CAP-2014" -> ExitCode.MISUSE;
      case "CAP-2016", "CAP-2017" -> ExitCode.FAILED;
      case null, default -> ExitCode.CONFLICT;
    };
  }
}
