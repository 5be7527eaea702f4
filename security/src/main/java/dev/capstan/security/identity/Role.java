package dev.capstan.security.identity;

/** What a node may be in a cluster. A certificate names exactly one. */
public enum Role {
  /** Keeps state and decides. */
  COORDINATOR("coordinator"),
  /** Runs tasks. */
  WORKER("worker");

  private final String word;

  Role(String word) {
    this.word = word;
  }

  /** The word in certificates, messages and on the command line. */
  public String word() {
    return word;
  }

  /**
   * The role with this word.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Role ofWord(String word) {
    for (Role role : values()) {
      if (role.word.equals(word)) {
        return role;
      }
    }
    throw new IllegalArgumentException(
        "\"" + word + "\" is no role; a node is a coordinator or a worker");
  }
}
