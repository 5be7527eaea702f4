package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.model.Task;
import java.time.Instant;

/**
 * A task that has completed and would have to be undone.
 *
 * @param order of completion in its execution: the later, the greater
 * @param place where it stood, iterations included
 * @param task the task; it has a compensation
 * @param input what it worked on
 * @param output what it handed on
 * @param startedAt when it started
 */
public record Undoable(
    long order, String place, Task task, JsonNode input, JsonNode output, Instant startedAt) {

  /** What undoes it. */
  public Task.Do compensation() {
    Task.Do compensation = task.header().compensation();
    if (compensation == null) {
      throw new IllegalStateException("nothing undoes " + task.header().reference());
    }
    return compensation;
  }
}
