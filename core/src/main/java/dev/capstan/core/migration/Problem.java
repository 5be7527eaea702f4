package dev.capstan.core.migration;

/**
 * Why an execution can't move.
 *
 * @param reference the task's JSON pointer in the definition that the execution has
 * @param reason a sentence about that task
 */
public record Problem(String reference, String reason) {
  @Override
  public String toString() {
    return reference + ": " + reason;
  }
}
