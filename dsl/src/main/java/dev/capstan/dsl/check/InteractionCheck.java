package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.model.TaskKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a human task or an update stands on a task that listens for a cloud event which can
 * be made for it.
 */
final class InteractionCheck {
  private static final String PATTERN_SIGNS = "*+?[](){}|^$\\";

  private final Findings findings;

  InteractionCheck(Findings findings) {
    this.findings = findings;
  }

  void check(TaskKind kind, JsonNode task, Path path) {
    JsonNode settings = task.path("metadata").path("capstan");
    Path place = path.child("metadata").child("capstan");
    for (String name : List.of("human", "update")) {
      if (settings.has(name)) {
        check(name, kind, task, path, place.child(name));
      }
    }
  }

  private void check(String name, TaskKind kind, JsonNode task, Path path, Path place) {
    if (kind != TaskKind.LISTEN) {
      findings.error(
          DiagnosticCode.PROPERTY_OUT_OF_PLACE,
          new Place.Key(place),
          "\"" + name + "\" means something only on a listen task",
          "fix: listen to one cloud event; what is said here becomes that event");
      return;
    }
    boolean human = name.equals("human");
    JsonNode to = task.path("listen").path("to");
    Path strategy = path.child("listen").child("to");
    if (human && task.has("foreach")) {
      wrong(path.child("foreach"), "a human task is decided once, so it can have no foreach", null);
    }
    if (to.has("one")) {
      type(name, to.path("one"), strategy.child("one"));
    } else if (!human && to.path("any").has(0)) {
      type(name, to.path("any").path(0), strategy.child("any").child(0));
    } else if (to.isObject()) {
      wrong(
          strategy,
          human
              ? "a human task listens to exactly one event"
              : "an update listens to one event, or to any of several",
          human
              ? "fix: to: {one: {with: {type: com.example.decided}}}"
              : "fix: to: {any: [{with: {type: com.example.changed}}], until: ...}");
    }
  }

  /** The event that is made for the task must be one that everybody else could send as well. */
  private void type(String name, JsonNode filter, Path path) {
    JsonNode type = filter.path("with").path("type");
    boolean literal =
        type.isTextual()
            && !Expression.isEnclosed(type.textValue())
            && type.textValue().chars().noneMatch(c -> PATTERN_SIGNS.indexOf(c) >= 0);
    if (!literal) {
      wrong(
          type.isMissingNode() ? path : path.child("with").child("type"),
          (name.equals("human") ? "a human task" : "an update")
              + " needs the type of its event as it is: no expression, no pattern",
          "fix: with: {type: com.example.decided}");
    }
  }

  private void wrong(Path path, String message, @Nullable String hint) {
    findings.error(DiagnosticCode.EVENT_NOT_MAKEABLE, new Place.Key(path), message, hint);
  }
}
