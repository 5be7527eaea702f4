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
    List<TaskRun> tasks) {

  /** Whether it is completed, faulted or cancelled. */
  public boolean hasEnded() {
    return endedAt != null
        || status.equals("completed")
        || status.equals("faulted")
        || status.equals("cancelled");
  }
}
