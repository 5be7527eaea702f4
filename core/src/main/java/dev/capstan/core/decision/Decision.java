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

  /**
   * Nothing happened, for this reason.
   *
   * @param faults of the data that came with the command, one sentence each with the place
   */
  record Rejected(Reason reason, String detail, List<String> faults) implements Decision {
    public Rejected {
      faults = List.copyOf(faults);
    }

    /** Nothing happened, and the data is not to blame. */
    public Rejected(Reason reason, String detail) {
      this(reason, detail, List.of());
    }
  }

  /** Why a command is refused. */
  enum Reason {
    /** The execution is not in a state that allows it. */
    WRONG_STATE,
    /** A report whose token is not the present one. */
    STALE_TOKEN,
    /** The task that it names does not wait for it. */
    NOT_WAITING,
    /** Its data is not what the task asks for. */
    INVALID_DATA,
    /** Where the execution stands has no counterpart in the definition that it is to move to. */
    CANNOT_MOVE
  }
}
