package dev.capstan.core.decision;

import dev.capstan.core.history.Event;
import java.util.List;

/** The answer to a command. */
public sealed interface Decision {

  /**
   * What happened (already applied to the state) and what is to be done. Both empty: the command
   * changed nothing.
   */
  record Accepted(List<Event> events, List<Effect> effects) implements Decision {
    public Accepted {
      events = List.copyOf(events);
      effects = List.copyOf(effects);
    }
  }

  /** Nothing happened, for this reason. */
  record Rejected(Reason reason, String detail) implements Decision {}

  /** Why a command is refused. */
  enum Reason {
    /** The execution is not in a state that allows it. */
    WRONG_STATE,
    /** A report whose token is not the present one. */
    STALE_TOKEN,
    /** The task that it names does not wait for it. */
    NOT_WAITING
  }
}
