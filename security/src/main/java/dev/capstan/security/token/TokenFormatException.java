package dev.capstan.security.token;

/** A text is not the token or key that it should be. The message shows nothing secret of it. */
public final class TokenFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  TokenFormatException(String message) {
    super(message);
  }
}
