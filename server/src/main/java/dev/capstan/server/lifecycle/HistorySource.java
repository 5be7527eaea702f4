package dev.capstan.server.lifecycle;

import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.model.Definition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The histories of one partition as they are committed and applied here. Safe for any thread. */
public interface HistorySource {
  /** What an execution runs now; null if there is no such execution any more. */
  @Nullable Definition definition(String execution);

  /** The definitions that histories name. */
  DefinitionSource definitions();

  /**
   * Rows of a history from the one with an event on, until they hold {@code count} events from
   * there; the first may begin earlier.
   */
  List<Event.Recorded> history(String execution, long from, int count);

  /** Whether this coordinator leads the partition; at once. */
  boolean isLedHere();
}
