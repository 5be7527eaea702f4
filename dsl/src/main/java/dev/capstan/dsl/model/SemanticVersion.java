package dev.capstan.dsl.model;

import java.math.BigInteger;
import java.util.regex.Pattern;

/** The order of semantic versions (semver.org 2.0.0, section 11). */
public final class SemanticVersion {
  private static final Pattern DOT = Pattern.compile("\\.");
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");

  private SemanticVersion() {}

  /**
   * Negative, zero or positive as {@code a} is below, equal to or above {@code b}. Build metadata
   * does not count.
   */
  public static int compare(String a, String b) {
    String left = withoutBuild(a);
    String right = withoutBuild(b);
    int core = identifiers(core(left), core(right));
    if (core != 0) {
      return core;
    }
    String leftPre = preRelease(left);
    String rightPre = preRelease(right);
    if (leftPre.isEmpty() || rightPre.isEmpty()) {
      return Boolean.compare(leftPre.isEmpty(), rightPre.isEmpty());
    }
    return identifiers(leftPre, rightPre);
  }

  private static String withoutBuild(String version) {
    int plus = version.indexOf('+');
    return plus < 0 ? version : version.substring(0, plus);
  }

  private static String core(String version) {
    int dash = version.indexOf('-');
    return dash < 0 ? version : version.substring(0, dash);
  }

  private static String preRelease(String version) {
    int dash = version.indexOf('-');
    return dash < 0 ? "" : version.substring(dash + 1);
  }

  private static int identifiers(String a, String b) {
    String[] left = DOT.split(a, -1);
    String[] right = DOT.split(b, -1);
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      int order = identifier(left[i], right[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.length, right.length);
  }

  private static int identifier(String a, String b) {
    boolean leftNumber = DIGITS.matcher(a).matches();
    boolean rightNumber = DIGITS.matcher(b).matches();
    if (leftNumber && rightNumber) {
      return new BigInteger(a).compareTo(new BigInteger(b));
    }
    return leftNumber == rightNumber ? a.compareTo(b) : Boolean.compare(rightNumber, leftNumber);
  }
}
