package dev.capstan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.WorkflowError;
import java.time.Duration;
import java.util.List;

/** What becomes of a {@link WorkRequest}. */
public sealed interface WorkResult {

  /** It ends well. */
  record Output(JsonNode value) implements WorkResult {}

  /** It fails. */
  record Fault(WorkflowError error) implements WorkResult {}

  /** Its node is lost. */
  record Lost() implements WorkResult {}

  /**
   * A subscription that gets these messages, one after the other.
   *
   * @param then what becomes of it when all of them were taken or not wanted
   */
  record Messages(List<JsonNode> messages, WorkResult then) implements WorkResult {
    public Messages {
      messages = List.copyOf(messages);
    }

    /** One that waits for more messages then, for ever. */
    public Messages(List<JsonNode> messages) {
      this(messages, new Hang());
    }
  }

  /** It goes on for ever, until something ends it. */
  record Hang() implements WorkResult {}

  /**
   * It takes its time. A result that comes after the task was ended by something else is refused,
   * as in production.
   */
  record After(Duration delay, WorkResult result) implements WorkResult {
    public After {
      if (delay.isNegative() || result instanceof After) {
        throw new IllegalArgumentException("work takes its time once, and not less than none");
      }
    }
  }
}
