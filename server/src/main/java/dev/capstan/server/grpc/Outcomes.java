package dev.capstan.server.grpc;

import dev.capstan.api.v1.RunReply;

/** Hears what becomes of errands; any thread, must not block. */
interface Outcomes {
  /** A start is durable. */
  void accepted(Errand errand, String id);

  /** An execution has ended. */
  void ended(RunReply reply);

  /** An errand is not carried out. */
  void refused(Errand errand, RunReply reply);
}
