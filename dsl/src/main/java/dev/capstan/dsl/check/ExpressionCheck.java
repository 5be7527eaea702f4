package dev.capstan.dsl.check;

import dev.capstan.dsl.check.Finding.Place;
import dev.capstan.dsl.diagnostic.DiagnosticCode;
import dev.capstan.dsl.expression.Expression;
import dev.capstan.dsl.expression.ExpressionTable;
import dev.capstan.dsl.jq.JqSyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Checks expressions: that they are jq, and that the variables they read exist. */
final class ExpressionCheck {
  /** The engine of expressions answers these itself. */
  private static final List<String> BUILT_IN = List.of("ENV", "__loc__", "__prog_args");

  private static final String SECRETS = "secrets";

  private static final Pattern OWN_POSITION =
      Pattern.compile(" at (?:line \\d+, column \\d+|the end)$");

  private final Findings findings;
  private final ExpressionTable expressions;
  private final DeclaredNames names;

  ExpressionCheck(Findings findings, ExpressionTable expressions, DeclaredNames names) {
    this.findings = findings;
    this.expressions = expressions;
    this.names = names;
  }

  void check(String text, Path path, Context context) {
    int begin = Expression.isEnclosed(text) ? text.indexOf("${") + 2 : 0;
    if (Expression.isEnclosed(text) && text.substring(begin, text.lastIndexOf('}')).isBlank()) {
      findings.error(
          DiagnosticCode.EXPRESSION_SYNTAX,
          new Place.Inside(path, text, begin),
          "this expression is empty",
          "fix: ${ . } is the value itself");
      return;
    }
    try {
      Expression expression = expressions.compile(text);
      for (String variable : expression.variables()) {
        variable(variable, text, path, context);
      }
      for (String secret : expression.fields(SECRETS)) {
        secret(secret, text, path);
      }
    } catch (JqSyntaxException e) {
      String problem = OWN_POSITION.matcher(String.valueOf(e.getMessage())).replaceFirst("");
      findings.error(
          DiagnosticCode.EXPRESSION_SYNTAX,
          new Place.Inside(path, text, begin + e.offset()),
          "this expression is not jq: " + problem,
          hint(text));
    }
  }

  /** {@code $secrets} shows only what the definition declares, so this would never have a value. */
  private void secret(String name, String text, Path path) {
    if (names.has(SECRETS, name)) {
      return;
    }
    List<String> declared = names.of(SECRETS);
    int at = text.indexOf("$" + SECRETS);
    int named = text.indexOf(name, Math.max(0, at));
    String hint = Words.hint("under use.secrets", declared, name);
    findings.error(
        DiagnosticCode.UNDECLARED_SECRET,
        new Place.Inside(path, text, Math.max(0, named < 0 ? at : named)),
        "there is no secret \"" + Words.shortened(name) + "\" under use.secrets",
        hint == null ? "fix: use: {secrets: [" + name + "]} declares it" : hint);
  }

  private static String hint(String text) {
    boolean several =
        Expression.isEnclosed(text) && text.indexOf("${", text.indexOf("${") + 2) >= 0;
    return several
        ? "fix: to build a text from several values write ${ \"\\(.a) and \\(.b)\" }"
        : "a text inside an expression needs double quotes; put the whole expression in single quotes or after |";
  }

  private void variable(String name, String text, Path path, Context context) {
    boolean argument = Availability.ARGUMENTS.contains(name);
    if (context.variables().contains(name)
        || BUILT_IN.contains(name)
        || (argument && context.place().arguments().contains(name))) {
      return;
    }
    Place place = new Place.Inside(path, text, Math.max(0, text.indexOf("$" + name)));
    if (argument) {
      unavailable(name, place, context);
    } else if (!context.anyVariable()) {
      unknown(name, place, context);
    }
  }

  private void unavailable(String name, Place place, Context context) {
    String message = "$" + name + " has no value in " + context.place().where();
    String hint = Words.names("available here", visible(context));
    if (context.place() == Availability.TASK_OUTPUT) {
      // Where the output is ".", $output is at worst superfluous.
      findings.warning(DiagnosticCode.VARIABLE_NOT_AVAILABLE, place, message, hint);
    } else {
      findings.error(DiagnosticCode.VARIABLE_NOT_AVAILABLE, place, message, hint);
    }
  }

  private void unknown(String name, Place place, Context context) {
    findings.error(
        DiagnosticCode.UNKNOWN_VARIABLE,
        place,
        "there is no variable $" + name + " here",
        Words.hint("available here", visible(context), "$" + name));
  }

  private static List<String> visible(Context context) {
    List<String> names = new ArrayList<>();
    context.variables().forEach(name -> names.add("$" + name));
    context.place().arguments().forEach(name -> names.add("$" + name));
    return names;
  }
}
