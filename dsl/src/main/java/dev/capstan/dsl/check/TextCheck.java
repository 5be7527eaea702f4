package dev.capstan.dsl.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.diagnostic.NearestName;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.model.Cron;
import dev.capstan.dsl.model.DslDuration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks texts by what they are. */
final class TextCheck {
  private static final List<String> DIRECTIVES = List.of("continue", "exit", "end");

  private final Findings findings;
  private final ExpressionCheck expressions;
  private final FunctionCheck functions;
  private final DeclaredNames names;
  private final boolean loose;

  TextCheck(
      Findings findings,
      ExpressionCheck expressions,
      FunctionCheck functions,
      DeclaredNames names,
      boolean loose) {
    this.findings = findings;
    this.expressions = expressions;
    this.functions = functions;
    this.names = names;
    this.loose = loose;
  }

  void check(TextRole role, String text, Path path, Context context) {
    switch (role) {
      case PLAIN -> {}
      case VALUE -> value(text, path, context);
      case EXPRESSION -> expressions.check(text, path, context);
      case ENCLOSED -> form(enclosed(text, path, context), path, "a ${ } expression", text, null);
      case URI ->
          form(
              enclosed(text, path, context) || TextForms.isUri(text),
              path,
              "a URI or a ${ } expression",
              text,
              TextForms.uriHint(text));
      case LITERAL_URI -> form(TextForms.isUri(text), path, "a URI", text, TextForms.uriHint(text));
      case POINTER ->
          form(
              enclosed(text, path, context) || TextForms.isPointer(text),
              path,
              "a JSON pointer such as /do/0/task, or a ${ } expression",
              text,
              null);
      case DATE_TIME ->
          form(
              enclosed(text, path, context) || TextForms.isDateTime(text),
              path,
              "a date and time such as 2026-01-31T12:00:00Z, or a ${ } expression",
              text,
              null);
      case DSL_VERSION -> dslVersion(text, path);
      case VERSION ->
          form(TextForms.isVersion(text), path, "a semantic version such as 1.0.0", text, null);
      case NAME ->
          form(
              TextForms.isName(text),
              path,
              "a name of letters, digits and hyphens, at most 63 characters",
              text,
              TextForms.nameHint(text));
      case HOST ->
          form(
              enclosed(text, path, context) || TextForms.isHost(text),
              path,
              "a host name, or a ${ } expression",
              text,
              null);
      case CRON -> cron(text, path);
      case LANGUAGE -> language(text, path);
      case SCHEMA_FORMAT -> schemaFormat(text, path);
      case DIRECTIVE -> directive(text, path, context);
      case VARIABLE -> variable(text, path);
      case FUNCTION -> functions.call(text, path);
      case TIMEOUT -> declared(DiagnosticCode.UNKNOWN_TIMEOUT, "timeout", "timeouts", text, path);
      case RETRY -> declared(DiagnosticCode.UNKNOWN_RETRY, "retry policy", "retries", text, path);
      case ERROR -> declared(DiagnosticCode.UNKNOWN_ERROR, "error", "errors", text, path);
      case POLICY ->
          declared(
              DiagnosticCode.UNKNOWN_AUTHENTICATION,
              "authentication policy",
              "authentications",
              text,
              path);
      case SECRET -> declared(DiagnosticCode.UNDECLARED_SECRET, "secret", "secrets", text, path);
    }
  }

  /** A duration as text or as a well-formed object. */
  void duration(JsonNode value, Path path, Context context) {
    if (value.isTextual() && enclosed(value.textValue(), path, context)) {
      return;
    }
    try {
      DslDuration.parse(value);
    } catch (IllegalArgumentException e) {
      findings.error(
          DiagnosticCode.BAD_DURATION, new Place.Value(path), String.valueOf(e.getMessage()), null);
    }
  }

  private void value(String text, Path path, Context context) {
    if (enclosed(text, path, context) || loose || context.quiet()) {
      return;
    }
    int begin = text.indexOf("${");
    if (begin >= 0 && text.indexOf('}', begin) > begin) {
      findings.warning(
          DiagnosticCode.PARTIAL_EXPRESSION,
          new Place.Inside(path, text, begin),
          "this stays text: only a text that is one whole ${ } is an expression",
          "fix: to build a text from values write ${ \"Hello \\(.name)\" }");
    }
  }

  /** Whether {@code text} is an enclosed expression; if so, it is checked. */
  private boolean enclosed(String text, Path path, Context context) {
    boolean enclosed = Expression.isEnclosed(text);
    if (enclosed) {
      expressions.check(text, path, context);
    }
    return enclosed;
  }

  private void form(boolean fits, Path path, String expected, String text, @Nullable String hint) {
    if (!fits) {
      findings.error(
          DiagnosticCode.WRONG_FORM,
          new Place.Value(path),
          path.label() + " must be " + expected + ", but is \"" + Words.shortened(text) + "\"",
          hint);
    }
  }

  private void dslVersion(String text, Path path) {
    if (!text.startsWith("1.0.") && TextForms.isNumbered(text)) {
      findings.error(
          DiagnosticCode.DSL_VERSION,
          new Place.Value(path),
          "the definition is written for version " + text + " of the DSL; this engine knows 1.0",
          "fix: write dsl: '1.0.3' and check the definition against that version");
    } else {
      form(TextForms.isVersion(text), path, "a semantic version such as 1.0.3", text, null);
    }
  }

  private void cron(String text, Path path) {
    try {
      Cron.parse(text);
    } catch (IllegalArgumentException e) {
      findings.error(
          DiagnosticCode.BAD_CRON,
          new Place.Value(path),
          String.valueOf(e.getMessage()),
          "an example: '0 6 * * MON-FRI' is every working day at six");
    }
  }

  private void language(String text, Path path) {
    if (!text.equals("jq")) {
      findings.error(
          DiagnosticCode.EXPRESSION_LANGUAGE,
          new Place.Value(path),
          "expressions can't be written in \"" + Words.shortened(text) + "\"",
          "allowed: jq");
    }
  }

  private void schemaFormat(String text, Path path) {
    if (!text.equals("json") && !text.startsWith("json:")) {
      findings.error(
          DiagnosticCode.BAD_SCHEMA,
          new Place.Value(path),
          "a schema can't be written in \"" + Words.shortened(text) + "\"",
          "allowed: json, or json: and a version");
    }
  }

  private void directive(String text, Path path, Context context) {
    if (DIRECTIVES.contains(text) || (context.siblings().contains(text) && !context.inBranches())) {
      return;
    }
    boolean branch = context.inBranches() && context.siblings().contains(text);
    List<String> targets = context.inBranches() ? List.of() : context.siblings();
    String tasks = targets.isEmpty() ? "" : Words.names("tasks here", targets) + "\n";
    List<String> possible = new ArrayList<>(targets);
    possible.addAll(DIRECTIVES);
    String nearest = NearestName.among(possible, text);
    findings.error(
        DiagnosticCode.UNKNOWN_TASK,
        new Place.Value(path),
        branch
            ? "a branch of a fork can't go to another branch, \"" + text + "\""
            : "no task of this list is called \"" + Words.shortened(text) + "\"",
        tasks
            + "or: continue, exit, end"
            + (nearest == null ? "" : "\nfix: did you mean \"" + nearest + "\"?"));
  }

  private void variable(String text, Path path) {
    if (Availability.ARGUMENTS.contains(text)) {
      findings.error(
          DiagnosticCode.RESERVED_VARIABLE,
          new Place.Value(path),
          "a variable can't be called \"" + text + "\": $" + text + " has a meaning already",
          Words.names("reserved", Availability.ARGUMENTS));
    } else if (!TextForms.isVariable(text)) {
      findings.error(
          DiagnosticCode.BAD_VARIABLE_NAME,
          new Place.Value(path),
          "\"" + Words.shortened(text) + "\" can't be the name of a variable",
          text.startsWith("$")
              ? "fix: write it without $"
              : "letters, digits and _ make a name, no digit first");
    }
  }

  private void declared(DiagnosticCode code, String noun, String section, String name, Path path) {
    if (names.has(section, name)) {
      return;
    }
    List<String> known = names.of(section);
    String hint = Words.hint("under use." + section, known, name);
    findings.error(
        code,
        new Place.Value(path),
        "there is no " + noun + " \"" + Words.shortened(name) + "\" under use." + section,
        hint == null ? "nothing is declared under use." + section : hint);
  }
}
