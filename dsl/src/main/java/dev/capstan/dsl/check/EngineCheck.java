package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import org.jspecify.annotations.Nullable;

/** What the grammar can't say of the engine's settings of a task. */
final class EngineCheck {
  private EngineCheck() {}

  static void check(Findings findings, JsonNode task, Path path) {
    JsonNode settings = task.path("metadata").path("capstan");
    Path place = path.child("metadata").child("capstan");
    if (settings.has("compensate") && isInCompensation(path)) {
      findings.error(
          DiagnosticCode.NESTED_COMPENSATION,
          new Place.Key(place.child("compensate")),
          "this task undoes another one, and can't be undone itself",
          "fix: remove \"compensate\", or let a \"try\" in the compensation say what then happens");
    }
    if (settings.path("continueAsNew").asBoolean(false) && !task.path("run").has("workflow")) {
      findings.error(
          DiagnosticCode.NOTHING_TO_CONTINUE_AS,
          new Place.Key(place.child("continueAsNew")),
          "only a task that runs a workflow can continue the execution as a new one",
          "fix: put it into a task with \"run: {workflow: ...}\"");
    }
    if (settings.has("authorizationCode") && !task.has("call")) {
      findings.error(
          DiagnosticCode.PROPERTY_OUT_OF_PLACE,
          new Place.Key(place.child("authorizationCode")),
          "\"authorizationCode\" means something only on a call",
          "fix: put it into the task whose call has the grant authorization_code");
    }
  }

  private static boolean isInCompensation(Path path) {
    for (Path each = path; each != null; each = each.parent()) {
      if (each.step().equals("compensate") && ends(each.parent(), "capstan", "metadata")) {
        return true;
      }
    }
    return false;
  }

  private static boolean ends(@Nullable Path path, String last, String before) {
    return path != null
        && path.step().equals(last)
        && path.parent() != null
        && path.parent().step().equals(before);
  }
}
