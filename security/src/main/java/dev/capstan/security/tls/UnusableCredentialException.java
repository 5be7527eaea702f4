package dev.capstan.security.tls;

/** The file of a credential can't be used as it is. Shows nothing secret of it. */
public final class UnusableCredentialException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String remedy;

  UnusableCredentialException(String message, String remedy) {
    super(message, null, false, false);
    this.remedy = remedy;
  }

  /** What to do, one advice a line. */
  public String remedy() {
    return remedy;
  }
}
