package dev.capstan.dsl.jq;

/** The nearest known name for an unknown one. */
final class Suggestions {
  private static final int FAR = 3;

  private Suggestions() {}

  /** A hint to append to an error message; empty if no function is near. */
  static String forFunction(String signature) {
    String name = signature.substring(0, signature.indexOf('/'));
    String nearest = "";
    int least = Math.min(FAR, name.length());
    for (String candidate : Builtins.signatures()) {
      String other = candidate.substring(0, candidate.indexOf('/'));
      int distance = distance(name, other);
      if (distance < least) {
        least = distance;
        nearest = candidate;
      }
    }
    return nearest.isEmpty() ? "" : ", did you mean " + nearest + "?";
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
