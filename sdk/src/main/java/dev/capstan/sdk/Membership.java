package dev.capstan.sdk;

import dev.capstan.worker.WorkerStatus;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a worker belongs to. */
sealed interface Membership extends AutoCloseable permits ClusterMembership, DevMembership {

  WorkerStatus status();

  /** Completes when a coordinator that leads has let the worker in. */
  CompletableFuture<@Nullable Void> welcomed();

  /** Completes with the reason when the worker is not wanted any more. */
  CompletableFuture<String> rejection();

  @Override
  void close();
}
