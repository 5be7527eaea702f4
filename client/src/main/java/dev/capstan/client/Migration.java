package dev.capstan.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What moving an execution to another version of its workflow means, as it stands.
 *
 * @param from the version that it has, or had before it moved
 * @param canMove true as well when it has that version already
 * @param moved whether the request has moved it
 * @param problems why it can't move
 * @param changes what changes from where it stands on
 */
public record Migration(
    String id,
    String from,
    String to,
    boolean canMove,
    boolean moved,
    List<Obstacle> problems,
    List<Change> changes) {

  /**
   * Why an execution can't move.
   *
   * @param reference JSON pointer of the task in the version that it has
   * @param line of the task in the text of that version; null when unknown
   */
  public record Obstacle(String reference, @Nullable Integer line, String reason) {}

  /**
   * A change.
   *
   * @param kind moves, added, removed or begins
   * @param reference JSON pointer of the task; for added and begins in the version that it gets
   * @param to where a task that moves stands afterwards; null for others
   */
  public record Change(String kind, String reference, @Nullable String to) {}
}
