package dev.capstan.dsl.diagnostic;

/** Whether a definition can be used in spite of a finding. */
public enum Severity {
  /** The definition is refused. */
  ERROR,
  /** The definition is accepted, but may not do what its author means. */
  WARNING
}
