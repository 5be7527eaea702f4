package dev.capstan.worker.executor;

import com.fasterxml.jackson.databind.JsonNode;

/** How an attempt ended. */
public sealed interface Outcome {

  /** It did its work; {@code output} is the task's raw output. */
  record Completed(JsonNode output) implements Outcome {}

  /** It failed with an error that the workflow can catch. */
  record Faulted(Fault fault) implements Outcome {}

  /** It stopped because it was cancelled. */
  record Cancelled() implements Outcome {}

  /** This node did not take it, so it did not begin; costs no attempt. */
  record Refused(String reason) implements Outcome {}

  /**
   * It had begun, and this node gives it up before its end: whether it may run again is for the
   * task's recovery to decide.
   */
  record HandedBack(String reason) implements Outcome {}
}
