package dev.capstan.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run of a workflow.
 *
 * @param status one of the specification's words: pending, running, waiting, suspended, cancelled,
 *     faulted, completed
 * @param input null in lists
 * @param output null in lists and until it has completed
 * @param error null unless it has faulted
 * @param parent execution that started this one
 * @param continuedFrom execution that goes on as this one
 * @param continuedAs execution that this one, which is completed, goes on as: its outcome is the
 *     outcome of both
 * @param tasks those that are alive; empty in lists
 */
public record Execution(
    String id,
    WorkflowName workflow,
    String status,
    @Nullable JsonNode input,
    @Nullable JsonNode output,
    @Nullable ErrorObject error,
    Map<String, String> labels,
    Instant startedAt,
    @Nullable Instant endedAt,
    String startedBy,
    @Nullable String parent,
    @Nullable String continuedFrom,
    @Nullable String continuedAs,
    List<TaskRun> tasks) {

  /** Whether it is completed, faulted or cancelled. */
  public boolean hasEnded() {
    return endedAt != null
        || status.equals("completed")
        || status.equals("faulted")
        || status.equals("cancelled");
  }

  /** Asks for an execution until it, or the last of those that it goes on as, has ended. */
  static Execution lastOf(String id, Asking ask) throws InterruptedException {
    Execution now = ask.execution(id);
    while (!now.hasEnded() || now.continuedAs() != null) {
      now = ask.execution(now.continuedAs() == null ? now.id() : now.continuedAs());
    }
    return now;
  }

  /** Answers with an execution as soon as it has ended, or with what it is after a while. */
  interface Asking {
    Execution execution(String id) throws InterruptedException;
  }
}
