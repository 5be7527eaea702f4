package dev.capstan.verify.faults;

/**
 * How often each fault is brought about: few times among all tests, many with {@code
 * -Dfaults.long=true}, and as often as a property of its own says.
 */
final class Profile {
  static final long SEED = Long.getLong("faults.seed", System.nanoTime());

  private static final boolean LONG = Boolean.getBoolean("faults.long");

  private Profile() {}

  /**
   * How often.
   *
   * @param what as in {@code -Dfaults.what=3}
   */
  static int times(String what, int shortRun, int longRun) {
    return Integer.getInteger("faults." + what, LONG ? longRun : shortRun);
  }
}
