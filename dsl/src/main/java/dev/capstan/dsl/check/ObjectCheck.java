package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.NearestName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Checks objects: which properties they have, lack, and must not have. */
final class ObjectCheck {
  private final Findings findings;
  private final Checker checker;

  ObjectCheck(Findings findings, Checker checker) {
    this.findings = findings;
    this.checker = checker;
  }

  /** Whether {@code value} is an object whose properties are all there and all known. */
  boolean check(Shape.Fields shape, JsonNode value, Path path, Context context) {
    if (!checker.is(value.isObject(), value, path, expected(shape))) {
      return false;
    }
    List<String> meant = new ArrayList<>();
    boolean fine = true;
    for (Map.Entry<String, JsonNode> property : value.properties()) {
      Shape.Field field = shape.fields().get(property.getKey());
      if (field == null) {
        fine &= unknown(shape, property.getKey(), value, path, meant);
      } else {
        Context inner = field.step() == null ? context : field.step().apply(context, value);
        checker.check(field.shape(), property.getValue(), path.child(property.getKey()), inner);
      }
    }
    return missing(shape, value, path, meant) && exclusive(shape, value, path, meant) && fine;
  }

  private static String expected(Shape.Fields shape) {
    List<String> required =
        shape.fields().entrySet().stream()
            .filter(field -> field.getValue().required())
            .map(field -> "\"" + field.getKey() + "\"")
            .toList();
    return "an object" + (required.isEmpty() ? "" : " with " + String.join(", ", required));
  }

  /** An object with one key of the author's choice. */
  void named(Shape.Named shape, JsonNode value, Path path, Context context) {
    if (isSingle(value, path, shape.noun())) {
      Map.Entry<String, JsonNode> entry = value.properties().iterator().next();
      checker.check(shape.value(), entry.getValue(), path.child(entry.getKey()), context);
    }
  }

  /** Whether {@code value} is an object with exactly one property; says so if not. */
  boolean isSingle(JsonNode value, Path path, String noun) {
    if (value.isObject() && value.size() == 1) {
      return true;
    }
    List<String> names = new ArrayList<>();
    value.fieldNames().forEachRemaining(names::add);
    findings.error(
        DiagnosticCode.NOT_ONE_ENTRY,
        new Place.Value(path),
        value.isObject()
            ? "this list item has " + value.size() + " names, but must have exactly one"
            : "this list item must be the name of a "
                + noun
                + " with a colon, but is "
                + Words.typeOf(value),
        names.isEmpty()
            ? "write \"- name:\" and the " + noun + " below, indented"
            : Words.names("names here", names)
                + "\nfix: begin each "
                + noun
                + " with \"- \", and indent its properties under its name");
    return false;
  }

  private boolean unknown(
      Shape.Fields shape, String name, JsonNode value, Path path, List<String> meant) {
    List<String> free =
        shape.fields().keySet().stream().filter(known -> !value.has(known)).toList();
    String nearest = NearestName.among(free, name);
    Place place = new Place.Key(path.child(name));
    String hint =
        Words.names("allowed here", shape.fields().keySet())
            + (nearest == null ? "" : "\nfix: did you mean \"" + nearest + "\"?");
    switch (shape.others()) {
      case REFUSED -> {
        if (nearest != null) {
          meant.add(nearest);
        }
        findings.error(
            DiagnosticCode.UNKNOWN_PROPERTY,
            place,
            "unknown property \"" + Words.shortened(name) + "\" in " + shape.noun(),
            hint);
        return false;
      }
      case IGNORED -> ignored(shape, name, place, hint);
      case WELCOME -> {
        if (nearest != null) {
          ignored(shape, name, place, hint);
        }
      }
    }
    return true;
  }

  private void ignored(Shape.Fields shape, String name, Place place, String hint) {
    findings.warning(
        DiagnosticCode.PROPERTY_IGNORED,
        place,
        "\"" + Words.shortened(name) + "\" means nothing in " + shape.noun(),
        hint);
  }

  private boolean missing(Shape.Fields shape, JsonNode value, Path path, List<String> meant) {
    boolean complete = true;
    for (Map.Entry<String, Shape.Field> field : shape.fields().entrySet()) {
      boolean absent = field.getValue().required() && !value.has(field.getKey());
      complete &= !absent;
      if (absent && !meant.contains(field.getKey())) {
        findings.error(
            DiagnosticCode.MISSING_PROPERTY,
            new Place.Key(path),
            "\"" + field.getKey() + "\" is missing in " + shape.noun(),
            null);
      }
    }
    if (value.size() < shape.least()) {
      checker.notEmpty(
          value.size(), shape.least(), path, Words.names("one of", shape.fields().keySet()));
      return false;
    }
    return complete;
  }

  private boolean exclusive(Shape.Fields shape, JsonNode value, Path path, List<String> meant) {
    boolean fine = true;
    for (List<String> group : shape.exactlyOne()) {
      List<String> present = group.stream().filter(value::has).toList();
      boolean misspelled = present.isEmpty() && group.stream().anyMatch(meant::contains);
      if (present.size() != 1 && !misspelled) {
        fine = false;
        findings.error(
            DiagnosticCode.NOT_EXACTLY_ONE,
            new Place.Key(present.size() < 2 ? path : path.child(present.get(1))),
            (present.isEmpty()
                    ? "one of " + String.join(", ", group) + " is missing in "
                    : String.join(" and ", present) + " exclude each other in ")
                + shape.noun(),
            null);
      }
    }
    List<String> rivals = shape.atMostOne().stream().filter(value::has).toList();
    if (rivals.size() > 1) {
      findings.error(
          DiagnosticCode.EXCLUSIVE_PROPERTIES,
          new Place.Key(path.child(rivals.get(1))),
          String.join(" and ", rivals) + " exclude each other in " + shape.noun(),
          null);
    }
    for (Map.Entry<String, String> need : shape.needs().entrySet()) {
      if (value.has(need.getKey()) && !value.has(need.getValue())) {
        fine = false;
        findings.error(
            DiagnosticCode.PROPERTY_OUT_OF_PLACE,
            new Place.Key(path.child(need.getKey())),
            "\""
                + need.getKey()
                + "\" means something only together with \""
                + need.getValue()
                + "\"",
            null);
      }
    }
    return fine;
  }
}
