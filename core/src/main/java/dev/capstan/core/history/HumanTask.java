package dev.capstan.core.history;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a person is asked to decide, as it was when the task began.
 *
 * @param title what it is about, in a few words
 * @param description more about it; null for none
 * @param assignee who is to decide; null while that is nobody in particular
 * @param candidates users and groups of whom one may take it
 * @param dueAt when it should be decided; nothing happens then. Null when that does not matter
 * @param priority from -100 to 100, for those who choose what to do first
 */
public record HumanTask(
    String title,
    @Nullable String description,
    @Nullable String assignee,
    List<String> candidates,
    @Nullable Instant dueAt,
    int priority) {
  public HumanTask {
    candidates = List.copyOf(candidates);
  }

  /** The same for somebody else; null for nobody in particular. */
  public HumanTask assignedTo(@Nullable String somebody) {
    return new HumanTask(title, description, somebody, candidates, dueAt, priority);
  }
}
