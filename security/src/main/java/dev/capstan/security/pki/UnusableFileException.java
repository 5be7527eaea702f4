package dev.capstan.security.pki;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file of keys or certificates can't be used as it is; the message says what to do. */
public final class UnusableFileException extends IOException {
  private static final long serialVersionUID = 1;

  UnusableFileException(Path file, String fault) {
    this(file, fault, null);
  }

  UnusableFileException(Path file, String fault, @Nullable Throwable cause) {
    super(file + " " + fault, cause);
  }
}
