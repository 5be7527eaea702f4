package dev.capstan.server.engine;

import dev.capstan.server.gateway.Refusal;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What makes certain that something read here is current. That a partition seems to be led here
 * says nothing: the coordinator that leads it by now may not have been heard of. Changes need no
 * certainty, since the log confirms them; an answer that follows from no change does. Any thread.
 *
 * @param isHere whether the partition is led here
 * @param current completes when what is read of the partition here includes everything that was
 *     acknowledged before the call; fails where nobody confirms that
 * @param known makes definitions known here
 */
public record Certainty(
    BooleanSupplier isHere, Supplier<CompletableFuture<Long>> current, Known known) {

  /** Makes definitions known that were deployed a moment ago, wherever that was. */
  @FunctionalInterface
  public interface Known {
    /**
     * @param version may be {@code latest}
     * @return completes when a definition is known here, or is none; fails where nobody confirms
     *     that
     */
    CompletableFuture<Long> before(String namespace, String name, String version);
  }

  /**
   * As {@code current}.
   *
   * @return fails with a {@link Refusal} where nobody confirms it
   */
  CompletableFuture<Long> confirmed() {
    return current
        .get()
        .exceptionally(_ -> {
          throw Refusal.notLed("No majority of the coordinators confirms what is read here");
        });
  }
}
