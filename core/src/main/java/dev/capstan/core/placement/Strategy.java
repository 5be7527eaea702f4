package dev.capstan.core.placement;

/**
 * Which of several nodes that all could take a task is the best. Nodes that are equally good take
 * turns.
 *
 * <p>{@code spread} and {@code affinity} need what a demand does not carry yet (where the other
 * runs of a group are, and a key); they become further records here.
 */
public sealed interface Strategy {

  /** Negative when {@code a} is better than {@code b}, positive when it is worse. */
  int compare(Candidate a, Candidate b);

  /** The node with the smallest share of its slots taken. */
  record LoadBalanced() implements Strategy {
    @Override
    public int compare(Candidate a, Candidate b) {
      return Long.compare((long) a.running() * b.slots(), (long) b.running() * a.slots());
    }
  }

  /** One after the other, whatever they have to do. */
  record RoundRobin() implements Strategy {
    @Override
    public int compare(Candidate a, Candidate b) {
      return 0;
    }
  }

  /** The node with the largest share of its slots taken, so that others become empty. */
  record BinPack() implements Strategy {
    @Override
    public int compare(Candidate a, Candidate b) {
      return new LoadBalanced().compare(b, a);
    }
  }
}
