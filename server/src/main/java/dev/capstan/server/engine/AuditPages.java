package dev.capstan.server.engine;

import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.partition.PartitionReader;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What was audited, page by page, the latest first. Safe for concurrent use. */
final class AuditPages {
  private final PartitionReader reader;
  private final Redaction redaction;
  private final LongSupplier revision;

  /**
   * One over a partition.
   *
   * @param revision the applied index that a page is of
   */
  AuditPages(PartitionReader reader, Redaction redaction, LongSupplier revision) {
    this.reader = reader;
    this.redaction = redaction;
    this.revision = revision;
  }

  /**
   * At most {@code limit} entries.
   *
   * @throws Refusal if the cursor is of no such page
   */
  Page<AuditEntry> page(int limit, @Nullable String cursor) {
    List<PartitionReader.Audit> entries = reader.audit(number(cursor), limit + 1);
    List<AuditEntry> page = entries.stream().limit(limit).map(this::entry).toList();
    String next = entries.size() > limit ? Long.toString(page.getLast().sequence()) : null;
    return new Page<>(page, next, revision.getAsLong());
  }

  private AuditEntry entry(PartitionReader.Audit entry) {
    return new AuditEntry(
        entry.number(),
        entry.time(),
        entry.principal(),
        entry.operation(),
        entry.object(),
        entry.result(),
        redaction.hideOrNull(entry.detail()));
  }

  private static long number(@Nullable String cursor) {
    try {
      return cursor == null ? Long.MAX_VALUE : Long.parseLong(cursor);
    } catch (NumberFormatException e) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "The cursor is none of this list",
          "Begin without a cursor");
    }
  }
}
