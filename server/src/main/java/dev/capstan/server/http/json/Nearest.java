package dev.capstan.server.http.json;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds the name that somebody who mistyped may have meant. */
public final class Nearest {
  private Nearest() {}

  /**
   * The candidate with the fewest edits from {@code name}, null when none is near. Equal ones: the
   * first.
   */
  public static @Nullable String to(String name, Collection<String> candidates) {
    String best = null;
    int fewest = Math.max(2, name.length() / 3) + 1;
    for (String candidate : candidates) {
      int edits = edits(name, candidate);
      if (edits < fewest) {
        fewest = edits;
        best = candidate;
      }
    }
    return best;
  }

  /**
   * The number of insertions, deletions and substitutions between two names (Levenshtein); case
   * counts nothing.
   */
  public static int edits(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int above = row[j];
        boolean same =
            Character.toLowerCase(from.charAt(i - 1)) == Character.toLowerCase(to.charAt(j - 1));
        row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), diagonal + (same ? 0 : 1));
        diagonal = above;
      }
    }
    return row[to.length()];
  }
}
