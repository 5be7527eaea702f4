package dev.capstan.cli.migration;

import dev.capstan.client.Migration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What has become of one execution.
 *
 * @param migration what the server says of the move; null when it says nothing because there is
 *     nothing to move
 */
public record Outcome(String id, String from, Result result, @Nullable Migration migration) {

  /** In a word or two. */
  public enum Result {
    /** A dry run says so. */
    CAN_MOVE,
    /** It has the version now. */
    MOVED,
    /** It had the version before. */
    THERE,
    /** It can't move. */
    STAYS,
    /** It has ended, or is forgotten. */
    ENDED;

    /** As people read it. */
    public String words() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  static Outcome of(Migration migration) {
    Result result =
        !migration.canMove()
            ? Result.STAYS
            : migration.moved()
                ? Result.MOVED
                : migration.from().equals(migration.to()) ? Result.THERE : Result.CAN_MOVE;
    return new Outcome(migration.id(), migration.from(), result, migration);
  }

  /** Why it stays, or what changes; empty when there is nothing to say. */
  public String details() {
    if (migration == null) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    for (Migration.Obstacle problem : migration.problems()) {
      next(text);
      if (problem.line() != null) {
        text.append("line ").append(problem.line()).append(' ');
      }
      text.append(problem.reference()).append(": ").append(problem.reason());
    }
    for (Migration.Change change : migration.changes()) {
      next(text);
      text.append(
          switch (change.kind()) {
            case "moves" -> change.reference() + " -> " + change.to();
            case "added" -> "+ " + change.reference();
            case "removed" -> "- " + change.reference();
            default -> change.kind() + " " + change.reference();
          });
    }
    return text.toString();
  }

  private static void next(StringBuilder text) {
    if (!text.isEmpty()) {
      text.append("; ");
    }
  }
}
