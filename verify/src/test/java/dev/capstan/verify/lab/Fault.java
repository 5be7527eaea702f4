package dev.capstan.verify.lab;

/**
 * Something that is broken on purpose until it is healed. Any thread may call this.
 *
 * <p>A test that breaks something must show that it was broken: a fault that hits nothing makes
 * every test green. So each fault counts what it did, and {@link #requireBitten()} fails when that
 * is nothing.
 */
public interface Fault extends AutoCloseable {
  /** What the fault has done until now, or until it was healed. */
  Evidence evidence();

  /** Ends the fault; does nothing when it has ended. */
  void heal();

  /**
   * Fails the test when the fault has not hit anything yet.
   *
   * @throws AssertionError when it has not
   */
  default void requireBitten() {
    Evidence evidence = evidence();
    if (evidence.total() == 0) {
      throw new AssertionError(
          this + " has hit nothing: " + evidence.hits() + "; the test needs traffic on that way");
    }
  }

  @Override
  default void close() {
    heal();
  }
}
