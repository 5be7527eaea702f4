package dev.capstan.core.decision;

import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.WorkflowError;

/**
 * An error of a workflow's own making, on its way to the run that it faults. Never leaves a
 * decision.
 */
final class TaskFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient WorkflowError error;

  TaskFailure(WorkflowError error) {
    super(error.detail(), null, false, false);
    this.error = error;
  }

  TaskFailure(ErrorType type, String detail, String reference) {
    this(type.error(detail, reference));
  }

  WorkflowError error() {
    return error;
  }
}
