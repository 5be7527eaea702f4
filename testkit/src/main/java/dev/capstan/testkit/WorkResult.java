package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.WorkflowError;

/** What becomes of a {@link WorkRequest}. */
public sealed interface WorkResult {

  /** It ends well. */
  record Output(JsonNode value) implements WorkResult {}

  /** It fails. */
  record Fault(WorkflowError error) implements WorkResult {}

  /** Its node is lost. */
  record Lost() implements WorkResult {}

  /** It goes on for ever, until something ends it. */
  record Hang() implements WorkResult {}
}
