package dev.capstan.server.nodes;

import dev.capstan.server.store.Store;
import java.util.List;
import java.util.function.Predicate;

/**
 * A node that the former leader had.
 *
 * @param epoch under which it may go on
 */
public record FormerNode(String id, List<String> kinds, long epoch) {
  /** Those whose ids are wanted, as they are stored. */
  public static List<FormerNode> of(Store store, Predicate<String> wanted) {
    return NodeRows.readAll(store).stream()
        .filter(row -> row.status() == NodeStatus.ACTIVE && wanted.test(row.profile().id()))
        .map(row -> new FormerNode(row.profile().id(), row.profile().kinds(), row.epoch()))
        .toList();
  }
}
