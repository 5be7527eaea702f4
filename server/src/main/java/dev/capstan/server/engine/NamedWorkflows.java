package dev.capstan.server.engine;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.registry.DefinitionRegistry;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds the definitions that requests to a partition name, and says that there is none only when
 * that is certain. Any thread.
 */
final class NamedWorkflows {
  /** As long as requests are held while nobody leads. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Executor AGAIN =
      CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  private final DefinitionRegistry registry;
  private final Certainty certainty;
  private final Executor threads;

  /**
   * @param threads for what goes on when something is confirmed: whoever confirms it must not be
   *     held up
   */
  NamedWorkflows(DefinitionRegistry registry, Certainty certainty, Executor threads) {
    this.registry = registry;
    this.certainty = certainty;
    this.threads = threads;
  }

  /** Whether these words ask for the latest version, whichever that is. */
  static boolean isLatest(@Nullable String version) {
    return version == null || version.equals("latest");
  }

  /**
   * A deployed definition.
   *
   * @param version the latest when null
   * @return fails with a {@link Refusal}: that there is none, or that nobody confirms it
   */
  CompletableFuture<Definitions.Deployed> find(
      String namespace, String name, @Nullable String version) {
    String wanted = Objects.requireNonNullElse(version, "latest");
    CompletableFuture<Long> known =
        known(namespace, name, wanted, System.nanoTime() + PATIENCE.toNanos())
            .exceptionally(_ -> {
              throw Refusal.notLed(
                  "No majority of the coordinators confirms which definitions there are");
            });
    return known.isDone()
        ? known.thenApply(_ -> registry.deployed(namespace, name, version))
        : known.thenApplyAsync(_ -> registry.deployed(namespace, name, version), threads);
  }

  /**
   * Whoever leads the partition that has the definitions may just be changing, or be out of reach;
   * then the one that wants to know will be led elsewhere in a moment. So it is asked again for a
   * while, as long as that one is led here.
   */
  private CompletableFuture<Long> known(String namespace, String name, String version, long end) {
    return certainty
        .known()
        .before(namespace, name, version)
        .exceptionallyCompose(failure ->
            certainty.isHere().getAsBoolean() && System.nanoTime() - end < 0
                ? CompletableFuture.supplyAsync(() -> version, AGAIN)
                    .thenCompose(again -> known(namespace, name, again, end))
                : CompletableFuture.failedFuture(failure));
  }
}
