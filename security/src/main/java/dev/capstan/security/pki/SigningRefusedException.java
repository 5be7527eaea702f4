package dev.capstan.security.pki;

import org.jspecify.annotations.Nullable;

/** An authority does not sign what it was asked to sign; the message says why. */
public final class SigningRefusedException extends Exception {
  private static final long serialVersionUID = 1;

  SigningRefusedException(String message) {
    this(message, null);
  }

  SigningRefusedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
