package dev.capstan.dsl.check;

import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;

/** Tells of constructs that are accepted, but fault when an execution comes to them. */
final class NotYet {
  private NotYet() {}

  static void warn(Findings findings, Path path, String what) {
    findings.warning(
        DiagnosticCode.NOT_RUNNABLE_YET,
        new Place.Key(path),
        "this version can't run \"" + what + "\" yet; a task that needs it will fault",
        null);
  }
}
