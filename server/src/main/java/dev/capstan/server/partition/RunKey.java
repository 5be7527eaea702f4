package dev.capstan.server.partition;

/** Names a run of a task among all executions. */
record RunKey(String execution, long run) {
  /** Every decision looks several times for a run; what a record does by itself costs more. */
  @Override
  public int hashCode() {
    return 31 * execution.hashCode() + Long.hashCode(run);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof RunKey key && run == key.run && execution.equals(key.execution));
  }
}
