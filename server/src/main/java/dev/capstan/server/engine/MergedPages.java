package dev.capstan.server.engine;

import dev.capstan.server.gateway.Interactions.HumanTaskView;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.partition.ExecutionIndex;
import dev.capstan.server.partition.HumanTaskIndex;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Pages of several partitions, put together to one. Pure. */
final class MergedPages {
  /** Stands in a cursor for a partition that was not read yet. */
  private static final String BEGINNING = "-";

  private MergedPages() {}

  /**
   * Executions in the order of cursors, which are the same in all partitions: a page of each that
   * was asked for with the same cursor. What lies behind the end of some page that has a next one
   * is left for the next page, since others may come before it.
   */
  static Page<ExecutionView> executions(List<Page<ExecutionView>> pages, int limit) {
    return merged(pages, limit, MergedPages::cursor);
  }

  /** The same of human tasks. */
  static Page<HumanTaskView> humanTasks(List<Page<HumanTaskView>> pages, int limit) {
    return merged(
        pages,
        limit,
        task -> HumanTaskIndex.cursor(task.since(), task.execution(), task.id().run()));
  }

  private static <T> Page<T> merged(List<Page<T>> pages, int limit, Function<T, String> cursor) {
    String bound =
        pages.stream()
            .map(Page::next)
            .filter(next -> next != null)
            .min(Comparator.naturalOrder())
            .orElse(null);
    List<T> all =
        pages.stream()
            .flatMap(page -> page.items().stream())
            .sorted(Comparator.comparing(cursor))
            .toList();
    List<T> page = new ArrayList<>();
    for (T each : all) {
      String at = cursor.apply(each);
      if (bound != null && at.compareTo(bound) >= 0) {
        break;
      }
      if (page.size() == limit) {
        return new Page<>(page, at, revision(pages));
      }
      page.add(each);
    }
    return new Page<>(page, bound, revision(pages));
  }

  private static String cursor(ExecutionView execution) {
    return ExecutionIndex.cursor(execution.startedAt(), execution.id());
  }

  /** Of the replica that is least far; indexes of partitions have nothing to do with each other. */
  private static long revision(List<? extends Page<?>> pages) {
    return pages.stream().mapToLong(Page::revision).min().orElse(0);
  }

  /** The cursor of each partition in a cursor of {@link #audit}. */
  static List<@Nullable String> auditCursors(@Nullable String cursor, int partitions) {
    if (cursor == null) {
      return Collections.nCopies(partitions, null);
    }
    List<@Nullable String> cursors = new ArrayList<>();
    for (String each : cursor.split("\\.", -1)) {
      cursors.add(each.equals(BEGINNING) ? null : each);
    }
    if (cursors.size() != partitions) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "The cursor is none of this list",
          "Begin without a cursor");
    }
    return cursors;
  }

  /** Audit entries of all partitions, latest first. */
  static Page<AuditEntry> audit(
      List<Page<AuditEntry>> pages, List<@Nullable String> cursors, int limit) {
    List<@Nullable String> reached = new ArrayList<>(cursors);
    int[] taken = new int[pages.size()];
    List<AuditEntry> merged = new ArrayList<>();
    while (merged.size() < limit) {
      int latest = latest(pages, taken);
      if (latest < 0) {
        break;
      }
      AuditEntry entry = pages.get(latest).items().get(taken[latest]++);
      merged.add(entry);
      reached.set(latest, Long.toString(entry.sequence()));
    }
    boolean more = false;
    for (int i = 0; i < taken.length; i++) {
      Page<AuditEntry> page = pages.get(i);
      more |= taken[i] < page.items().size() || page.next() != null;
    }
    String next =
        reached.stream()
            .map(each -> each == null ? BEGINNING : each)
            .collect(Collectors.joining("."));
    return new Page<>(merged, more ? next : null, revision(pages));
  }

  /** The page whose next entry is the latest; -1 when all are read. */
  private static int latest(List<Page<AuditEntry>> pages, int[] taken) {
    int latest = -1;
    for (int i = 0; i < taken.length; i++) {
      List<AuditEntry> entries = pages.get(i).items();
      if (taken[i] < entries.size()
          && (latest < 0
              || entries
                  .get(taken[i])
                  .time()
                  .isAfter(pages.get(latest).items().get(taken[latest]).time()))) {
        latest = i;
      }
    }
    return latest;
  }
}
