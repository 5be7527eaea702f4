package dev.capstan.server.partition;

import dev.capstan.core.execution.Status;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lists executions, the latest start first. Goes through the index that promises the fewest rows,
 * and looks at a bounded number of them a page, so that a filter that matches little makes short
 * pages and not long waits. Safe for any thread.
 */
public final class ExecutionIndex {
  private static final int LOOKED_AT = 10_000;
  private static final byte[] NOTHING = {};

  private final Store store;
  private final PartitionReader reader;

  /** An index over a partition's store. */
  public ExecutionIndex(Store store, PartitionReader reader) {
    this.store = store;
    this.reader = reader;
  }

  /**
   * Which executions to list; null members and no labels match all. A name without a namespace
   * matches nothing by index.
   */
  public record Filter(
      @Nullable Status status,
      @Nullable String namespace,
      @Nullable String name,
      Map<String, String> labels,
      @Nullable Instant startedBefore) {
    /** Matches every execution. */
    public static final Filter ALL = new Filter(null, null, null, Map.of(), null);

    private boolean matches(Summary summary) {
      return (status == null || status == summary.status())
          && (namespace == null || namespace.equals(summary.workflow().namespace()))
          && (name == null || name.equals(summary.workflow().name()))
          && summary.labels().entrySet().containsAll(labels.entrySet())
          && (startedBefore == null || summary.startedAt().isBefore(startedBefore));
    }
  }

  /**
   * A page of executions without their inputs; {@code next} is the cursor of the page behind it,
   * null on the last. A page may have fewer entries than asked for, even none, and still have a
   * next one.
   */
  public record Listing(List<Summary> executions, @Nullable String next, long revision) {}

  /**
   * Lists executions.
   *
   * @param cursor from the page before, with the same filter; null for the first page
   * @throws IllegalArgumentException if the cursor is none of ours
   */
  public Listing list(Filter filter, int limit, @Nullable String cursor) {
    long revision = store.appliedIndex();
    byte[] prefix = prefix(filter);
    byte[] from = cursor == null ? first(prefix, filter) : join(prefix, parse(cursor));
    List<Summary> page = new ArrayList<>();
    int looked = 0;
    try (Rows rows =
        store.scan(Table.EXECUTION_INDEX, from, Keys.after(prefix), Direction.FORWARD)) {
      while (rows.next()) {
        byte[] key = rows.key();
        if (page.size() == limit || looked++ == LOOKED_AT) {
          return new Listing(page, cursor(prefix, key), revision);
        }
        Summary summary = reader.summary(Keys.executionIn(key, prefix.length + Long.BYTES), false);
        if (summary != null && filter.matches(summary)) {
          page.add(summary);
        }
      }
    }
    return new Listing(page, null, revision);
  }

  /**
   * Ids of executions that have not ended, in an order of no meaning.
   *
   * @param cursor {@code next} of the page before, null for the first
   */
  public IdPage open(byte @Nullable [] cursor, int limit) {
    List<String> ids = new ArrayList<>();
    for (Status status : Status.values()) {
      byte[] prefix = Keys.indexStatus(status);
      byte[] end = Keys.after(prefix);
      if (status.hasEnded() || (cursor != null && Arrays.compareUnsigned(cursor, end) >= 0)) {
        continue;
      }
      byte[] from = cursor != null && Arrays.compareUnsigned(cursor, prefix) > 0 ? cursor : prefix;
      try (Rows rows = store.scan(Table.EXECUTION_INDEX, from, end, Direction.FORWARD)) {
        while (rows.next()) {
          if (ids.size() == limit) {
            return new IdPage(ids, rows.key());
          }
          ids.add(Keys.executionIn(rows.key(), prefix.length + Long.BYTES));
        }
      }
    }
    return new IdPage(ids, null);
  }

  /** Ids of executions; {@code next} is null on the last page. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record IdPage(List<String> ids, byte @Nullable [] next) {}

  /**
   * Executions of a status that ended before an instant, the earliest start first.
   *
   * @param cursor {@code next} of the page before, null for the first
   * @param looked at how many rows to look; pages may be short, even empty
   */
  public IdPage ended(Status status, byte @Nullable [] cursor, Instant before, int looked) {
    byte[] prefix = Keys.indexStatus(status);
    byte[] from = join(prefix, Keys.number(Keys.newest(before.toEpochMilli())));
    byte[] to = cursor == null ? Keys.after(prefix) : cursor;
    List<String> ids = new ArrayList<>();
    if (Arrays.compareUnsigned(from, to) >= 0) {
      return new IdPage(ids, null);
    }
    int seen = 0;
    try (Rows rows = store.scan(Table.EXECUTION_INDEX, from, to, Direction.BACKWARD)) {
      while (rows.next()) {
        String id = Keys.executionIn(rows.key(), prefix.length + Long.BYTES);
        Summary summary = reader.summary(id, false);
        Instant endedAt = summary == null ? null : summary.endedAt();
        if (endedAt != null && endedAt.isBefore(before)) {
          ids.add(id);
        }
        if (++seen == looked) {
          return new IdPage(ids, rows.key());
        }
      }
    }
    return new IdPage(ids, null);
  }

  /** How many executions have not ended; reads a row for each. */
  public long open() {
    return count(false);
  }

  /** How many executions have ended; reads a row for each. */
  public long ended() {
    return count(true);
  }

  private long count(boolean ended) {
    long count = 0;
    for (Status status : Status.values()) {
      if (status.hasEnded() == ended) {
        byte[] prefix = Keys.indexStatus(status);
        try (Rows rows =
            store.scan(Table.EXECUTION_INDEX, prefix, Keys.after(prefix), Direction.FORWARD)) {
          while (rows.next()) {
            count++;
          }
        }
      }
    }
    return count;
  }

  private static byte[] prefix(Filter filter) {
    Status status = filter.status();
    if (status != null && !status.hasEnded()) {
      return Keys.indexStatus(status);
    }
    if (!filter.labels().isEmpty()) {
      Map.Entry<String, String> label = filter.labels().entrySet().iterator().next();
      return Keys.indexLabel(label.getKey(), label.getValue());
    }
    String namespace = filter.namespace();
    String name = filter.name();
    if (namespace != null && name != null) {
      return Keys.indexWorkflow(namespace, name);
    }
    return status != null ? Keys.indexStatus(status) : Keys.indexAll();
  }

  private static byte[] first(byte[] prefix, Filter filter) {
    Instant before = filter.startedBefore();
    return join(prefix, before == null ? NOTHING : Keys.number(Keys.newest(before.toEpochMilli())));
  }

  /**
   * The cursor of a page that begins with an execution, whatever the filter; cursors sort as the
   * lists do.
   */
  public static String cursor(Instant startedAt, String execution) {
    byte[] none = NOTHING;
    return cursor(none, Keys.indexed(none, startedAt.toEpochMilli(), Keys.execution(execution)));
  }

  private static String cursor(byte[] prefix, byte[] key) {
    return HexFormat.of().formatHex(key, prefix.length, key.length);
  }

  private static byte[] parse(String cursor) {
    return HexFormat.of().parseHex(cursor);
  }

  private static byte[] join(byte[] prefix, byte[] rest) {
    byte[] joined = Arrays.copyOf(prefix, prefix.length + rest.length);
    System.arraycopy(rest, 0, joined, prefix.length, rest.length);
    return joined;
  }
}
