package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.ParentReference;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.TaskView;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How executions are shown, without secrets. Any thread. */
final class ExecutionViews {
  private final Redaction redaction;

  ExecutionViews(Redaction redaction) {
    this.redaction = redaction;
  }

  /** One by itself, without its tasks. */
  ExecutionView of(Summary summary) {
    return of(summary, List.of());
  }

  /** One by itself. */
  ExecutionView of(Summary summary, List<TaskView> tasks) {
    return of(summary, redaction.hide(summary.input()), redaction.hide(summary.output()), tasks);
  }

  /** One in a list: without input and output. */
  ExecutionView row(Summary summary) {
    return of(summary, null, null, List.of());
  }

  private ExecutionView of(
      Summary summary, @Nullable JsonNode input, @Nullable JsonNode output, List<TaskView> tasks) {
    ParentReference parent = summary.parent();
    return new ExecutionView(
        summary.id(),
        summary.workflow().namespace(),
        summary.workflow().name(),
        summary.workflow().version(),
        summary.status(),
        input,
        output,
        redaction.hide(summary.error()),
        summary.labels(),
        summary.startedAt(),
        summary.endedAt(),
        summary.startedBy(),
        parent == null ? null : parent.execution(),
        summary.continuedFrom(),
        summary.continuedAs(),
        tasks,
        summary.revision(),
        false);
  }
}
