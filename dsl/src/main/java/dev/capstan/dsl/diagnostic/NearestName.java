package dev.capstan.dsl.diagnostic;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Guesses which name an author meant. */
public final class NearestName {
  private static final int FARTHEST = 2;

  /** Names that are compared; a hostile text may have thousands of them and as many mistakes. */
  private static final int MOST_COMPARED = 1_000;

  private NearestName() {}

  /**
   * The name among {@code known} that is at most two edits away from {@code written} (one for names
   * of up to three letters), case apart; null if there is none. Of many names it looks at the first
   * thousand.
   */
  public static @Nullable String among(Collection<String> known, String written) {
    if (written.length() > 100) {
      return null;
    }
    String best = null;
    int bestDistance = FARTHEST + 1;
    String wanted = written.toLowerCase(Locale.ROOT);
    int left = MOST_COMPARED;
    for (String name : known) {
      if (left-- == 0) {
        break;
      }
      int farthest = farthest(Math.min(name.length(), written.length()));
      if (Math.abs(name.length() - written.length()) > farthest || name.equals(written)) {
        continue;
      }
      int distance = distance(name.toLowerCase(Locale.ROOT), wanted);
      if (distance <= farthest && distance < bestDistance) {
        best = name;
        bestDistance = distance;
      }
    }
    return best;
  }

  private static int farthest(int length) {
    if (length <= 1) {
      return 0;
    }
    return length <= 3 ? 1 : FARTHEST;
  }

  /** Insertions, deletions, changes and swaps of neighbours. */
  private static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      cost[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      cost[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least =
            Math.min(cost[i - 1][j - 1] + change, Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        cost[i][j] = swapped ? Math.min(least, cost[i - 2][j - 2] + 1) : least;
      }
    }
    return cost[a.length()][b.length()];
  }
}
