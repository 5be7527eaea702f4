package dev.capstan.node.env;

import java.util.SplittableRandom;

/** Chance from a seed. */
final class SeededEntropy implements Entropy {
  private final SplittableRandom random;

  SeededEntropy(long seed) {
    random = new SplittableRandom(seed);
  }

  @Override
  public synchronized long nextLong() {
    return random.nextLong();
  }

  @Override
  public synchronized double nextDouble() {
    return random.nextDouble();
  }
}
