package dev.capstan.testkit.cases;

/**
 * One thing that came out otherwise than a case says.
 *
 * @param what the part, such as {@code output.total} or {@code took}
 * @param expected what the case says
 * @param actual what came out
 */
public record Difference(String what, String expected, String actual) {

  /** In one line for people. */
  public String text() {
    return what + ": expected " + expected + ", but was " + actual;
  }
}
