package dev.capstan.server.log;

import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * Who may lead a group after the replica that leads it now. The one place where that is chosen:
 * whoever has most of the log comes first.
 *
 * <p>A replica that is behind is none: the library takes no new work until the next leader has
 * everything, so that would be a silence instead of a change.
 *
 * @param never whether a node must not lead, also where nobody else can
 * @param spared whether a node is to lead only where nobody else can: one that is drained
 */
public record Heirs(Predicate<String> never, Predicate<String> spared) {
  /** Any replica. */
  public static final Heirs ANY = new Heirs(_ -> false, _ -> false);

  /** Under load so many entries are on their way at any moment, and no more. */
  private static final long FEW_ENTRIES = 1_000;

  private static final Comparator<LogStatus.Peer> FURTHEST =
      Comparator.comparingLong(LogStatus.Peer::matchIndex).reversed();

  /** Those that may lead next, the best one first, those that are spared last. */
  public List<String> of(LogStatus leading) {
    return leading.peers().stream()
        .filter(peer -> isReady(peer) && !never.test(peer.node()))
        .sorted(
            Comparator.comparing((LogStatus.Peer peer) -> spared.test(peer.node()))
                .thenComparing(FURTHEST))
        .map(LogStatus.Peer::node)
        .toList();
  }

  /** As {@link #of}, without those that are spared. */
  public List<String> unspared(LogStatus leading) {
    return of(leading).stream().filter(spared.negate()).toList();
  }

  /** Whether one of them may lead next. */
  public boolean has(LogStatus leading, String node) {
    return of(leading).contains(node);
  }

  private static boolean isReady(LogStatus.Peer peer) {
    return peer.answers() && peer.lag() < FEW_ENTRIES;
  }
}
