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
   * Executions that a cloud event starts. The same event must give the same ids, since it may be
   * delivered more than once.
   */
  default List<PartitionRequests.Start> startedBy(CloudEvent event) {
    return List.of();
  }

  /** A definition with the text that it was compiled from. */
  record Deployed(Definition definition, String text) {}
}
