package dev.capstan.testkit;

/** Runs tasks of one kind in a test. Called on the thread that drives the engine. */
@FunctionalInterface
public interface Worker {
  /** Runs one attempt. */
  WorkResult run(WorkRequest request);
}
