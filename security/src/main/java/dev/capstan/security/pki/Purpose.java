package dev.capstan.security.pki;

/**
 * What certificates are for. Each purpose has an authority of its own, so neither opens the other.
 */
public enum Purpose {
  /** Everything between clients, workers and coordinators. */
  NODES("nodes"),
  /** Consensus, between coordinators only. Its authority signs for nobody else. */
  PEERS("peers");

  private final String word;

  Purpose(String word) {
    this.word = word;
  }

  /** The word in file names, subjects and messages. */
  public String word() {
    return word;
  }
}
