package dev.capstan.sdk;

import dev.capstan.worker.executor.Attempt;
import java.time.Instant;
import java.util.Optional;

/** An attempt of the worker as functions see it. */
record AttemptContext(Attempt of) implements TaskContext {

  @Override
  public String executionId() {
    return of.token().execution();
  }

  @Override
  public String taskName() {
    return of.taskName();
  }

  @Override
  public int attempt() {
    return of.token().attempt();
  }

  @Override
  public String idempotencyKey() {
    return of.idempotencyKey();
  }

  @Override
  public Optional<Instant> deadline() {
    return of.deadline();
  }

  @Override
  public boolean isCancelled() {
    return of.cancelled();
  }

  @Override
  public void onCancel(Runnable action) {
    of.onCancel(action);
  }

  @Override
  public void heartbeat() {
    of.heartbeat();
  }

  @Override
  public void progress(double fraction, String message) {
    of.progress(fraction, message);
  }
}
