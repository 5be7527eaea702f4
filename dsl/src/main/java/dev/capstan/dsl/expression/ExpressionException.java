package dev.capstan.dsl.expression;

/**
 * An expression that failed to evaluate, or took more than it may. Becomes the specification's
 * {@code expression} error (status 400) of the task that it belongs to.
 */
public final class ExpressionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String expression;

  /** What went wrong in {@code expression}, in words for its author. */
  public ExpressionException(String expression, String reason) {
    super(reason + " (in the expression \"" + shortened(expression) + "\")");
    this.expression = expression;
  }

  /** The text of the expression, as its author wrote it. */
  public String expression() {
    return expression;
  }

  private static String shortened(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }
}
