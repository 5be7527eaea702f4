package dev.capstan.server.partition;

import dev.capstan.core.decision.Message;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Knows which partitions a message goes to. Called by the partition's thread: must answer at once.
 */
@FunctionalInterface
public interface Router {
  /** For a single partition: everything goes to the sender. */
  Router ONE = (message, sender) -> List.of(sender);

  /**
   * Where a message goes; a cloud event goes to every partition, anything else to the owner of the
   * execution that it names.
   */
  List<Deliveries> targets(Message message, Deliveries sender);

  /**
   * Whether an execution belongs to the partition that asks. What becomes of others can't be looked
   * up there.
   */
  default boolean owns(String execution) {
    return true;
  }

  /** A partition as those see it that have messages for it. */
  interface Deliveries {

    /**
     * Takes a message, once more if it had it already. Any thread.
     *
     * @return completes when its consequences are durable; fails with a {@link
     *     dev.capstan.server.gateway.Refusal}, after which it is to be tried again
     */
    CompletableFuture<Void> deliver(Message message);
  }
}
