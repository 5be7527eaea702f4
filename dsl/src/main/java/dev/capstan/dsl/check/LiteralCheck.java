package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.model.DslDuration;
import dev.capstan.dsl.model.Tokens;
import java.util.regex.Pattern;

/** Checks scalars of the engine's own settings, which are taken as they are written. */
final class LiteralCheck {
  private static final Pattern AMOUNT = Pattern.compile("-?\\d{1,18}(\\.\\d{1,9})?( ?[kKMGT]i?B)?");

  private final Findings findings;

  LiteralCheck(Findings findings) {
    this.findings = findings;
  }

  /** Whether a value has the JSON type of a literal. */
  static boolean takes(Shape.Literal.Kind kind, JsonNode value) {
    return switch (kind) {
      case NAME, KEY, TOKEN -> value.isTextual() || value.isIntegralNumber();
      case VALUE -> value.isTextual() || value.isNumber() || value.isBoolean();
      case AMOUNT -> value.isTextual() || value.isNumber();
      case SPAN -> value.isTextual() || value.isObject();
    };
  }

  void check(Shape.Literal.Kind kind, JsonNode value, Path path) {
    if (!takes(kind, value)) {
      findings.error(
          DiagnosticCode.WRONG_TYPE,
          new Place.Value(path),
          path.label() + " must be " + kind.expected() + ", but is " + Words.typeOf(value),
          null);
    } else if (value.isTextual() && value.textValue().contains("${")) {
      isExpression(kind, path);
    } else {
      form(kind, value, path);
    }
  }

  /** A whole expression never comes here where one is allowed. */
  private void isExpression(Shape.Literal.Kind kind, Path path) {
    boolean partial = kind == Shape.Literal.Kind.KEY || kind == Shape.Literal.Kind.TOKEN;
    findings.error(
        DiagnosticCode.WRONG_FORM,
        new Place.Value(path),
        path.label()
            + " must be "
            + kind.expected()
            + (partial ? ", but holds one in a text" : ", but is an expression"),
        partial
            ? "fix: make the whole text one expression: ${ \"order-\\(.id)\" }"
            : "this setting is taken as it is written; nothing is evaluated here");
  }

  private void form(Shape.Literal.Kind kind, JsonNode value, Path path) {
    switch (kind) {
      case NAME, KEY -> {
        if (value.asText().isBlank()) {
          wrongForm(kind, value, path);
        }
      }
      case TOKEN -> {
        if (!Tokens.isToken(value.asText())) {
          wrongForm(kind, value, path);
        }
      }
      case VALUE -> {}
      case AMOUNT -> {
        if (!AMOUNT.matcher(value.asText()).matches()) {
          wrongForm(kind, value, path);
        }
      }
      case SPAN -> {
        try {
          DslDuration.parse(value);
        } catch (IllegalArgumentException e) {
          findings.error(
              DiagnosticCode.BAD_DURATION,
              new Place.Value(path),
              String.valueOf(e.getMessage()),
              null);
        }
      }
    }
  }

  private void wrongForm(Shape.Literal.Kind kind, JsonNode value, Path path) {
    findings.error(
        DiagnosticCode.WRONG_FORM,
        new Place.Value(path),
        path.label() + " must be " + kind.expected() + ", but is " + Words.typeOf(value),
        null);
  }
}
