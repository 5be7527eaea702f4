package dev.capstan.server.partition;

import dev.capstan.core.execution.Execution;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Proves that what is stored of every execution is what its history makes of it. Reads the store
 * alone, so any thread may run it; executions that go on meanwhile are compared as of one moment
 * only if nothing is written between two reads, so run it where the engine rests.
 */
public final class HistoryCheck {
  private static final int PAGE = 500;
  private static final int ENOUGH = 100;

  private final ExecutionIndex index;
  private final PartitionReader reader;

  /** A check over a partition's store. */
  public HistoryCheck(ExecutionIndex index, PartitionReader reader) {
    this.index = index;
    this.reader = reader;
  }

  /** What differs, as sentences; empty if nothing does. Takes as long as reading all histories. */
  public List<String> violations() {
    List<String> violations = new ArrayList<>();
    String cursor = null;
    do {
      ExecutionIndex.Listing page = index.list(ExecutionIndex.Filter.ALL, PAGE, cursor);
      for (Summary summary : page.executions()) {
        compare(summary, violations);
      }
      cursor = page.next();
    } while (cursor != null && violations.size() < ENOUGH);
    return violations;
  }

  private void compare(Summary stored, List<String> violations) {
    Execution replayed = reader.replay(stored.id());
    if (replayed == null) {
      violations.add("execution " + stored.id() + " is listed and not stored");
      return;
    }
    String id = stored.id();
    same(violations, id, "status", stored.status(), replayed.status());
    same(violations, id, "number of events", stored.eventCount(), replayed.eventCount());
    same(violations, id, "output", stored.output(), replayed.output());
    same(violations, id, "error", stored.error(), replayed.error());
    same(violations, id, "labels", stored.labels(), replayed.labels());
    same(violations, id, "start", stored.startedAt(), replayed.startedAt());
    same(violations, id, "end", stored.endedAt(), replayed.endedAt());
  }

  private static void same(
      List<String> violations,
      String id,
      String what,
      @Nullable Object stored,
      @Nullable Object replayed) {
    if (!Objects.equals(stored, replayed)) {
      violations.add(
          "execution %s: its %s is stored as %s, and its history says %s"
              .formatted(id, what, stored, replayed));
    }
  }
}
