package dev.capstan.server.engine;

import dev.capstan.core.history.Event;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells from events which runs are those of tasks themselves inside of the runs that they have with
 * their extensions, so that a task is counted once. Knows the runs that were created since it is
 * here, of as many executions at most as {@link #MOST}. For one thread.
 */
final class ExtendedRuns {
  private static final int MOST = 10_000;

  /** By execution: the runs with extensions, each with its reference, and those inside, without. */
  private final Map<String, Map<Long, String>> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Map<Long, String>> eldest) {
          return size() > MOST;
        }
      };

  /** Whether the event, the next one of its execution, is one of a run inside. */
  boolean isInside(String execution, Event event) {
    return switch (event) {
      case Event.TaskCreated e -> created(execution, e);
      case Event.TaskEvent e -> "".equals(of(execution).get(e.task()));
      case Event.ExecutionCompleted _, Event.ExecutionCancelled _ -> {
        known.remove(execution);
        yield false;
      }
      case Event.ExecutionEvent _ -> false;
    };
  }

  private boolean created(String execution, Event.TaskCreated event) {
    if (!event.extensions().isEmpty()) {
      known.computeIfAbsent(execution, _ -> new HashMap<>()).put(event.task(), event.reference());
      return false;
    }
    boolean inside = event.reference().equals(of(execution).get(event.parent()));
    if (inside) {
      of(execution).put(event.task(), "");
    }
    return inside;
  }

  private Map<Long, String> of(String execution) {
    return known.getOrDefault(execution, Map.of());
  }
}
