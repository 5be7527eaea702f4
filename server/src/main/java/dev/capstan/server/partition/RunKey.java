package dev.capstan.server.partition;

/** Names a run of a task among all executions. */
record RunKey(String execution, long run) {}
