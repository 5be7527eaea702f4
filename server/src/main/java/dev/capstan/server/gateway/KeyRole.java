package dev.capstan.server.gateway;

import java.util.Arrays;
import java.util.Optional;

/** What whoever shows an API key may do. Everything is denied that a role does not allow. */
public enum KeyRole {
  /** Everything. */
  ADMINISTRATOR("administrator"),
  /** Taking tasks over HTTP, and bringing their results. */
  WORKER("worker");

  private static final String WORK = "work:do";

  private final String word;

  KeyRole(String word) {
    this.word = word;
  }

  /** As people write it. */
  public String word() {
    return word;
  }

  /** The role that is written so. */
  public static Optional<KeyRole> of(String word) {
    return Arrays.stream(values()).filter(role -> role.word.equals(word)).findFirst();
  }

  /** Whether it allows what needs this permission, which is not {@code none}. */
  boolean allows(String permission) {
    return switch (this) {
      case ADMINISTRATOR -> true;
      case WORKER -> permission.equals(WORK);
    };
  }
}
