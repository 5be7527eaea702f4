package dev.capstan.server.http;

/** Which partition of the cluster's state an operation is about. */
enum Reach {
  /** The first one: definitions, nodes, schedules, who belongs to the cluster. */
  CLUSTER,
  /** The one that owns the execution whose id is in the path. */
  EXECUTION,
  /** The one that owns the execution of the task whose id is in the path. */
  TASK,
  /** The one that owns what is to be started; any, if the request does not name it. */
  NEW,
  /** One after the other, until one has something, or the one that the request names. */
  EACH,
  /** All of them. Reads alone. */
  ALL
}
