package dev.capstan.node.env;

import java.security.SecureRandom;

/** Chance from the operating system. */
final class SystemEntropy implements Entropy {
  static final SystemEntropy INSTANCE = new SystemEntropy();

  private final SecureRandom random = new SecureRandom();

  private SystemEntropy() {}

  @Override
  public long nextLong() {
    return random.nextLong();
  }

  @Override
  public double nextDouble() {
    return random.nextDouble();
  }
}
