package dev.capstan.node.env;

import java.util.UUID;

/** The only source of chance. Safe for any thread. */
public interface Entropy {

  /** 64 uniformly distributed bits. */
  long nextLong();

  /** Uniform in [0, 1). */
  double nextDouble();

  /**
   * A time-ordered identifier (UUID version 7, RFC 9562 section 5.7): 48 bits of {@code
   * wallMillis}, the rest random, so that identifiers of one millisecond are in no order.
   */
  default UUID uuid7(long wallMillis) {
    long random = nextLong();
    long high = (wallMillis << 16) | 0x7000L | (random & 0x0FFFL);
    long low = (nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  /** Unpredictable: fit for identifiers that must not be guessed. */
  static Entropy system() {
    return SystemEntropy.INSTANCE;
  }

  /** Repeatable: the same seed gives the same sequence of calls. For simulation and tests. */
  static Entropy seeded(long seed) {
    return new SeededEntropy(seed);
  }
}
