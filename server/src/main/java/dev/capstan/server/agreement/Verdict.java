package dev.capstan.server.agreement;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a comparison of replicas at one index says. The state that a majority of all replicas has is
 * right, and a replica that has another one is wrong.
 *
 * @param index where they were compared
 * @param agreed the digest that a majority has; null if none is known to have one
 * @param compared replicas whose digest is known
 * @param differing those of another digest than the agreed one; without an agreed one, all that
 *     were compared if they are not equal
 */
public record Verdict(
    long index, @Nullable Long agreed, List<String> compared, List<String> differing) {

  /**
   * Compares what replicas have.
   *
   * @param states of all replicas, the silent ones among them, asked for the index
   */
  public static Verdict of(long index, List<ReplicaState> states) {
    Map<Long, Integer> votes = new HashMap<>();
    List<ReplicaState> known = states.stream().filter(state -> state.asked() != null).toList();
    known.forEach(state -> votes.merge(Objects.requireNonNull(state.asked()), 1, Integer::sum));
    Long agreed = null;
    for (Map.Entry<Long, Integer> vote : votes.entrySet()) {
      if (vote.getValue() > states.size() / 2) {
        agreed = vote.getKey();
      }
    }
    Long right = agreed;
    boolean equal = votes.size() <= 1;
    List<String> differing =
        known.stream()
            .filter(state -> right == null ? !equal : !right.equals(state.asked()))
            .map(ReplicaState::replica)
            .toList();
    return new Verdict(
        index, agreed, known.stream().map(ReplicaState::replica).toList(), differing);
  }

  /** Whether at least two were compared. */
  public boolean saysSomething() {
    return compared.size() > 1;
  }

  /** Whether a majority has another state than this replica. */
  public boolean isWrong(String replica) {
    return agreed != null && differing.contains(replica);
  }
}
