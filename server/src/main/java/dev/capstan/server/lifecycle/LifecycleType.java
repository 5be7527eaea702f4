package dev.capstan.server.lifecycle;

import java.util.Locale;

/** The types of life-cycle events (specification: Lifecycle Events). */
enum LifecycleType {
  WORKFLOW_STARTED("startedAt"),
  WORKFLOW_SUSPENDED("suspendedAt"),
  WORKFLOW_RESUMED("resumedAt"),
  WORKFLOW_CORRELATION_STARTED("startedAt"),
  WORKFLOW_CORRELATION_COMPLETED("completedAt"),
  WORKFLOW_CANCELLED("cancelledAt"),
  WORKFLOW_FAULTED("faultedAt"),
  WORKFLOW_COMPLETED("completedAt"),
  WORKFLOW_STATUS_CHANGED("updatedAt"),
  TASK_CREATED("createdAt"),
  TASK_STARTED("startedAt"),
  TASK_SUSPENDED("suspendedAt"),
  TASK_RESUMED("resumedAt"),
  TASK_RETRIED("retriedAt"),
  TASK_CANCELLED("cancelledAt"),
  TASK_FAULTED("faultedAt"),
  TASK_COMPLETED("completedAt"),
  TASK_STATUS_CHANGED("updatedAt");

  private final String word;
  private final String timeMember;

  LifecycleType(String timeMember) {
    String name = name().toLowerCase(Locale.ROOT);
    int end = name.indexOf('_');
    this.word = name.substring(0, end) + "." + name.substring(end + 1).replace('_', '-');
    this.timeMember = timeMember;
  }

  /** Such as {@code task.status-changed}. */
  String word() {
    return word;
  }

  /** The type attribute of the cloud event. */
  String type() {
    return "io.serverlessworkflow." + word + ".v1";
  }

  /** What its data calls the time at which it happened. */
  String timeMember() {
    return timeMember;
  }
}
