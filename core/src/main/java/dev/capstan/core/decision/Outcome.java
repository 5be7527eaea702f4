package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.WorkflowError;
import org.jspecify.annotations.Nullable;

/** How an execution ended. */
public sealed interface Outcome {

  /** With a result. */
  record Completed(JsonNode output) implements Outcome {}

  /** Not at all: it goes on as another execution, whose outcome is its own. */
  record Continued(String execution) implements Outcome {}

  /** By an error that nothing caught. */
  record Faulted(WorkflowError error) implements Outcome {}

  /** By somebody. */
  record Cancelled(@Nullable String reason) implements Outcome {}
}
