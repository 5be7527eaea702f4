package dev.capstan.cli.graph;

/** The outline of a node, which tells its kind. */
enum Shape {
  /** Where the flow begins and ends. */
  TERMINAL,
  /** Where the flow enters a frame or comes together; has no text. */
  DOT,
  /** Work that is done elsewhere: a call, a process, a workflow. */
  BOX,
  /** Waits or repeats. */
  ROUND,
  /** Chooses a way. */
  RHOMBUS,
  /** An error. */
  HEXAGON,
  /** Makes data. */
  SLANTED,
  /** Sends an event. */
  FLAG,
  /** Done by a person. */
  MANUAL
}
