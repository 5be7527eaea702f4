package dev.capstan.dsl.schema;

/** An external resource can't be had. The message tells the author of the definition why. */
public final class ResourceRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** One sentence without full stop. */
  public ResourceRefusedException(String reason) {
    super(reason);
  }

  /** Why, as one sentence without full stop. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
