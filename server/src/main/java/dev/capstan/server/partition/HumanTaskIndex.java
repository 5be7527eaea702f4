package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.HumanTaskRow;
import dev.capstan.core.history.HumanTask;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists open human tasks, the latest first. Looks at a bounded number of rows a page, so that a
 * filter that matches little makes short pages and not long waits. Safe for any thread.
 */
public final class HumanTaskIndex {
  private static final int LOOKED_AT = 10_000;

  private final Store store;

  /** An index over a partition's store. */
  public HumanTaskIndex(Store store) {
    this.store = store;
  }

  /** Which human tasks to list; null members match all. */
  public record Filter(
      @Nullable String assignee,
      @Nullable String candidate,
      @Nullable String namespace,
      @Nullable String name) {
    private byte[] prefix() {
      if (assignee != null) {
        return Keys.humanTasksOf(assignee);
      }
      return candidate != null ? Keys.humanTasksFor(candidate) : Keys.humanTasks();
    }

    private boolean matches(Open task) {
      return (candidate == null || task.asked().candidates().contains(candidate))
          && (namespace == null || namespace.equals(task.workflow().namespace()))
          && (name == null || name.equals(task.workflow().name()));
    }
  }

  /**
   * A human task that is open.
   *
   * @param asked without its description
   */
  public record Open(
      String execution,
      long run,
      String name,
      String reference,
      WorkflowReference workflow,
      Instant since,
      HumanTask asked) {}

  /** A page; {@code next} is the cursor of the page behind it, null on the last. */
  public record Listing(List<Open> tasks, @Nullable String next, long revision) {}

  /**
   * Lists human tasks.
   *
   * @param cursor from the page before, with the same filter; null for the first page
   * @throws IllegalArgumentException if the cursor is none of ours
   */
  public Listing list(Filter filter, int limit, @Nullable String cursor) {
    long revision = store.appliedIndex();
    byte[] prefix = filter.prefix();
    byte[] from = cursor == null ? prefix : join(prefix, HexFormat.of().parseHex(cursor));
    List<Open> page = new ArrayList<>();
    int looked = 0;
    try (Rows rows =
        store.scan(Table.EXECUTION_INDEX, from, Keys.after(prefix), Direction.FORWARD)) {
      while (rows.next()) {
        byte[] key = rows.key();
        if (page.size() == limit || looked++ == LOOKED_AT) {
          String next = HexFormat.of().formatHex(key, prefix.length, key.length);
          return new Listing(page, next, revision);
        }
        Open task = read(key, prefix.length, rows.value());
        if (filter.matches(task)) {
          page.add(task);
        }
      }
    }
    return new Listing(page, null, revision);
  }

  private static Open read(byte[] key, int prefix, byte[] value) {
    HumanTaskRow row = HumanTaskRows.read(value);
    return new Open(
        Keys.executionIn(key, prefix + Long.BYTES),
        Keys.lastNumber(key),
        row.getName(),
        row.getReference(),
        EventReader.workflow(row.getWorkflow()),
        Instant.ofEpochMilli(Keys.sinceMillis(key, prefix)),
        EventReader.humanTask(row.getAsked()));
  }

  /**
   * The cursor of a page that begins with a human task, whatever the filter; cursors sort as the
   * lists do.
   */
  public static String cursor(Instant since, String execution, long run) {
    byte[] none = {};
    return HexFormat.of()
        .formatHex(Keys.humanTask(none, since.toEpochMilli(), Keys.execution(execution), run));
  }

  private static byte[] join(byte[] prefix, byte[] rest) {
    byte[] joined = Arrays.copyOf(prefix, prefix.length + rest.length);
    System.arraycopy(rest, 0, joined, prefix.length, rest.length);
    return joined;
  }
}
