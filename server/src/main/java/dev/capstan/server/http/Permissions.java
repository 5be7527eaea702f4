package dev.capstan.server.http;

/** Names of what a principal may do, one word for the thing and one for the deed. */
final class Permissions {
  /** Needs none: anybody who reaches the port. */
  static final String NONE = "none";

  static final String DEFINITIONS_READ = "definitions:read";
  static final String DEFINITIONS_DEPLOY = "definitions:deploy";
  static final String EXECUTIONS_READ = "executions:read";
  static final String EXECUTIONS_START = "executions:start";
  static final String EXECUTIONS_CONTROL = "executions:control";
  static final String EXECUTIONS_UPDATE = "executions:update";
  static final String HUMAN_TASKS_READ = "human-tasks:read";
  static final String HUMAN_TASKS_COMPLETE = "human-tasks:complete";
  static final String HUMAN_TASKS_ASSIGN = "human-tasks:assign";
  static final String WORK_DO = "work:do";
  static final String EVENTS_PUBLISH = "events:publish";
  static final String SCHEDULES_READ = "schedules:read";
  static final String NODES_READ = "nodes:read";
  static final String NODES_CONTROL = "nodes:control";
  static final String CLUSTER_READ = "cluster:read";
  static final String CLUSTER_CONTROL = "cluster:control";
  static final String AUDIT_READ = "audit:read";
  static final String METRICS_READ = "metrics:read";

  private Permissions() {}
}
