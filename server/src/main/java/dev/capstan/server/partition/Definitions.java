package dev.capstan.server.partition;

import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.model.Definition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deployed definitions, for executions that start others. Called in the loop: must answer from
 * memory or the local store.
 */
public interface Definitions {

  /**
   * A deployed definition, null if there is none.
   *
   * @param version {@code latest} is the highest by semantic version
   */
  @Nullable Deployed find(String namespace, String name, String version);

  /**
   * What definitions do because of a cloud event. What {@code view} gets is in one batch; the
   * executions in the answer are started in that batch or in later ones. The same event must give
   * the same ids, since it may be published more than once.
   */
  default List<PartitionRequests.Start> published(
      CloudEvent event, PartitionRequests.TransactionView view) {
    return List.of();
  }

  /** A definition with the text that it was compiled from. */
  record Deployed(Definition definition, String text) {}
}
