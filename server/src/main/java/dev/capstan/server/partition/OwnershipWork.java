package dev.capstan.server.partition;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.store.Store;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** Somebody wants to know whether everything has an owner. */
final class OwnershipWork implements Work {
  private final Store store;
  private final ExecutionCache cache;
  private final Pipeline pipeline;
  private final boolean rows;
  private final Predicate<String> own;
  private final CompletableFuture<List<String>> future = new CompletableFuture<>();

  OwnershipWork(
      Store store, ExecutionCache cache, Pipeline pipeline, boolean rows, Predicate<String> own) {
    this.own = own;
    this.store = store;
    this.cache = cache;
    this.pipeline = pipeline;
    this.rows = rows;
  }

  CompletableFuture<List<String>> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    OwnershipCheck check = new OwnershipCheck(turn, store, cache, own);
    boolean still = pipeline.size() == 0 && turn.draft().isEmpty();
    future.complete(rows && still ? check.withRows() : check.light());
    return true;
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }
}
