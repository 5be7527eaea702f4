package dev.capstan.spring;

import dev.capstan.sdk.WorkerRefused;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;

/** Says why the worker does not start, in place of a stack trace. */
final class StartFailureAnalyzer implements FailureAnalyzer {
  private static final String REMEDY = ". What to do: ";

  @Override
  public @Nullable FailureAnalysis analyze(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof MisconfiguredException misconfigured) {
        return new FailureAnalysis(each.getMessage(), misconfigured.remedy(), each);
      }
      if (each instanceof WorkerRefused) {
        return refused(String.valueOf(each.getMessage()), each);
      }
    }
    return null;
  }

  private static FailureAnalysis refused(String message, Throwable cause) {
    int at = message.indexOf(REMEDY);
    return at < 0
        ? new FailureAnalysis(message, null, cause)
        : new FailureAnalysis(
            message.substring(0, at) + ".", message.substring(at + REMEDY.length()), cause);
  }
}
