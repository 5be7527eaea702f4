package dev.capstan.verify.faults;

import java.util.SplittableRandom;

/**
 * How often each fault is brought about: few times among all tests, many with {@code
 * -Dfaults.long=true}, and as often as a property of its own says.
 */
final class Profile {
  static final long SEED = Long.getLong("faults.seed", System.nanoTime());

  private static final boolean LONG = Boolean.getBoolean("faults.long");

  private static final int SEVERAL = 3;
  private static final int COORDINATORS = 3;

  private Profile() {}

  /**
   * Into how many partitions the state of the cluster is divided, where {@code
   * -Dfaults.statePartitions} does not say it: one among all tests, one or several in the long run,
   * as the seed has it.
   */
  static int statePartitions() {
    boolean several = LONG && new SplittableRandom(SEED).nextBoolean();
    return Integer.getInteger("faults.statePartitions", several ? SEVERAL : 1);
  }

  /** How many coordinators there are, an odd number. */
  static int coordinators() {
    return Integer.getInteger("faults.coordinators", COORDINATORS);
  }

  /**
   * How often.
   *
   * @param what as in {@code -Dfaults.what=3}
   */
  static int times(String what, int shortRun, int longRun) {
    return Integer.getInteger("faults." + what, LONG ? longRun : shortRun);
  }
}
