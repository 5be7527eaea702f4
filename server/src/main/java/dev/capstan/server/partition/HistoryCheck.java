package dev.capstan.server.partition;

import dev.capstan.core.execution.Execution;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Proves that what is stored of every execution is what its history makes of it. Reads the store
 * alone, so any thread may run it, while executions go on: one that moved between two reads is read
 * again.
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

  private void compare(Summary listed, List<String> violations) {
    Summary before = listed;
    while (true) {
      Execution replayed = reader.replay(listed.id());
      Summary after = reader.summary(listed.id(), false);
      if (replayed == null || after == null) {
        return; // Forgotten meanwhile.
      }
      if (after.eventCount() == before.eventCount()) {
        compare(after, replayed, violations);
        return;
      }
      before = after;
    }
  }

  private static void compare(Summary stored, Execution replayed, List<String> violations) {
    String id = stored.id();
    same(violations, id, "workflow", stored.workflow(), replayed.workflow());
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
