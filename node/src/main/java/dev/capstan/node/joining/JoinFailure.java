package dev.capstan.node.joining;

/** A machine could not become a node; the message says why, {@link #remedy} what to do. */
public final class JoinFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  JoinFailure(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  /** What to do. */
  public String remedy() {
    return remedy;
  }
}
