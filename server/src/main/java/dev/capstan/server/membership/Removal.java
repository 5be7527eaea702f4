package dev.capstan.server.membership;

import dev.capstan.server.gateway.Refusal;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Whether a coordinator can be put out so that the others can still decide. */
final class Removal {
  private Removal() {}

  /**
   * Why it can't; null when it can. There is no way to force it: what is refused here could not be
   * committed, or would leave a cluster, or a partition of it, that can commit nothing.
   *
   * @param coordinators those in the rows
   */
  static @Nullable Refusal refusal(String leaving, Set<String> coordinators, Voters voters) {
    Set<String> answering = voters.answering();
    return voters.groups().stream()
        .map(members -> refusal(leaving, coordinators, members, answering))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private static @Nullable Refusal refusal(
      String leaving, Set<String> coordinators, Set<String> members, Set<String> answering) {
    Set<String> unfinished = new TreeSet<>(members);
    unfinished.removeAll(coordinators);
    if (!unfinished.isEmpty()) {
      return refused(
          String.join(", ", unfinished) + " was put out, and its vote is still being taken away",
          "Nothing was done. Try again in some seconds");
    }
    if (!isMajority(answering, members)) {
      return refused(
          "Of "
              + String.join(", ", new TreeSet<>(members))
              + " no majority answers, so nothing can be changed",
          "Bring back as many coordinators as make a majority, then remove the others");
    }
    Set<String> remaining = new TreeSet<>(members);
    remaining.retainAll(coordinators);
    remaining.remove(leaving);
    if (remaining.isEmpty()) {
      return refused(
          leaving + " is the only coordinator, and the cluster would be gone with it",
          "Let another one join first, and wait until it has a replica: capstan cluster join-token"
              + " --role coordinator");
    }
    if (isMajority(answering, remaining)) {
      return null;
    }
    Set<String> silent = new TreeSet<>(remaining);
    silent.removeAll(answering);
    return refused(
        "Without "
            + leaving
            + ", "
            + String.join(", ", remaining)
            + " would remain, and no majority of them answers: nothing could be decided any more",
        "Bring back "
            + String.join(", ", silent)
            + ", or remove that first: capstan cluster remove "
            + silent.iterator().next());
  }

  private static boolean isMajority(Collection<String> answering, Collection<String> of) {
    long there = of.stream().filter(answering::contains).count();
    return 2 * there > of.size();
  }

  private static Refusal refused(String what, String how) {
    return new Refusal(Refusal.Code.WRONG_STATE, what, how);
  }
}
