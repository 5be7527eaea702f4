package dev.capstan.worker.executor;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Guesses which names an author meant. */
public final class NearNames {

  private static final int MOST = 3;

  private static final int LONGEST = 100;

  private static final int MOST_LISTED = 20;

  private record Candidate(String name, int distance) {}

  private NearNames() {}

  /** At most three names, the nearest first: a few edits away, or one containing the other. */
  public static List<String> among(Collection<String> known, String written) {
    String wanted = written.toLowerCase(Locale.ROOT);
    if (wanted.length() > LONGEST) {
      return List.of();
    }
    int farthest = Math.max(wanted.length() < 4 ? 1 : 2, wanted.length() / 3);
    return known.stream()
        .filter(name -> name.length() <= LONGEST)
        .flatMap(name -> candidate(name, wanted, farthest))
        .sorted(Comparator.comparingInt(Candidate::distance).thenComparing(Candidate::name))
        .limit(MOST)
        .map(Candidate::name)
        .toList();
  }

  /** Names for people, in quotes and not too many. */
  public static String listed(Collection<String> names) {
    String shown =
        String.join(", ", names.stream().limit(MOST_LISTED).map(name -> "'" + name + "'").toList());
    int more = names.size() - MOST_LISTED;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }

  private static Stream<Candidate> candidate(String name, String wanted, int farthest) {
    String known = name.toLowerCase(Locale.ROOT);
    int distance = distance(known, wanted);
    boolean contains = !wanted.isEmpty() && (known.contains(wanted) || wanted.contains(known));
    return distance <= farthest || (contains && !known.isEmpty())
        ? Stream.of(new Candidate(name, distance))
        : Stream.empty();
  }

  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(previous[j - 1] + change, Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
