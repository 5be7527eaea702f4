package dev.capstan.server.partition;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.Predecessor;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Instant;

/** Summaries of states in memory. */
final class Summaries {
  private Summaries() {}

  static Summary of(Execution execution, long revision) {
    WorkflowReference workflow = execution.workflow();
    Instant startedAt = execution.startedAt();
    if (workflow == null || startedAt == null) {
      throw new IllegalStateException("execution " + execution.id() + " has not started");
    }
    Predecessor before = execution.predecessor();
    return new Summary(
        execution.id(),
        workflow,
        execution.status(),
        execution.rawInput(),
        execution.output(),
        execution.error(),
        execution.labels(),
        startedAt,
        execution.endedAt(),
        execution.startedBy(),
        execution.parent(),
        before == null ? null : before.execution(),
        execution.continuedAs(),
        execution.eventCount(),
        revision);
  }

  static Summary at(Summary summary, long revision) {
    return new Summary(
        summary.id(),
        summary.workflow(),
        summary.status(),
        summary.input(),
        summary.output(),
        summary.error(),
        summary.labels(),
        summary.startedAt(),
        summary.endedAt(),
        summary.startedBy(),
        summary.parent(),
        summary.continuedFrom(),
        summary.continuedAs(),
        summary.eventCount(),
        revision);
  }
}
