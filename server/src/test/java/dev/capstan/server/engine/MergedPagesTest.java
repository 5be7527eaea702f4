package dev.capstan.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.AuditEntry;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.partition.ExecutionIndex;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MergedPagesTest {
  private static final Comparator<ExecutionView> LATEST_FIRST =
      Comparator.comparing(MergedPagesTest::cursor);

  private static ExecutionView execution(String id, long startedMillis) {
    return new ExecutionView(
        id,
        "test",
        "quick",
        "1.0.0",
        Status.COMPLETED,
        null,
        null,
        null,
        Map.of(),
        Instant.ofEpochMilli(startedMillis),
        null,
        "somebody",
        null,
        List.of(),
        1,
        false);
  }

  private static String cursor(ExecutionView execution) {
    return ExecutionIndex.cursor(execution.startedAt(), execution.id());
  }

  /** As the index of a partition gives it, which may make a page short and still go on. */
  private static Page<ExecutionView> page(
      List<ExecutionView> partition, int limit, @Nullable String cursor, int looked) {
    List<ExecutionView> rest =
        partition.stream()
            .filter(each -> cursor == null || cursor(each).compareTo(cursor) >= 0)
            .toList();
    int end = Math.min(Math.min(limit, looked), rest.size());
    return new Page<>(
        rest.subList(0, end), end < rest.size() ? cursor(rest.get(end)) : null, partition.size());
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void pagesOfAllPartitionsShowEachExecutionOnceAndInOrder(long seed) {
    Random random = new Random(seed);
    List<List<ExecutionView>> partitions = new ArrayList<>();
    List<ExecutionView> all = new ArrayList<>();
    for (int partition = 0; partition < 3; partition++) {
      List<ExecutionView> own = new ArrayList<>();
      for (int i = random.nextInt(40); i > 0; i--) {
        own.add(execution("p" + partition + "-" + i, random.nextInt(20)));
      }
      own.sort(LATEST_FIRST);
      partitions.add(own);
      all.addAll(own);
    }
    all.sort(LATEST_FIRST);
    List<ExecutionView> seen = new ArrayList<>();
    String cursor = null;
    int pages = 0;
    do {
      String at = cursor;
      int looked = 1 + random.nextInt(5);
      Page<ExecutionView> page =
          MergedPages.executions(
              partitions.stream().map(own -> page(own, 4, at, looked)).toList(), 4);
      seen.addAll(page.items());
      assertThat(page.items()).hasSizeLessThanOrEqualTo(4);
      cursor = page.next();
    } while (cursor != null && ++pages < 1_000);

    assertThat(seen).isEqualTo(all);
    assertThat(seen)
        .extracting(each -> each.startedAt())
        .isSortedAccordingTo(Comparator.reverseOrder());
  }

  private static AuditEntry entry(int partition, long sequence, long millis) {
    return new AuditEntry(
        sequence, Instant.ofEpochMilli(millis), "somebody", "p" + partition, "object", "ok", null);
  }

  private static Page<AuditEntry> auditPage(
      List<AuditEntry> partition, int limit, @Nullable String cursor) {
    List<AuditEntry> rest =
        partition.stream()
            .filter(each -> cursor == null || each.sequence() < Long.parseLong(cursor))
            .toList();
    int end = Math.min(limit, rest.size());
    return new Page<>(
        rest.subList(0, end),
        end < rest.size() ? Long.toString(rest.get(end - 1).sequence()) : null,
        1);
  }

  @Test
  void auditsOfAllPartitionsShowEachEntryOnceAndLatestFirst() {
    Random random = new Random(3);
    List<List<AuditEntry>> partitions = new ArrayList<>();
    for (int partition = 0; partition < 3; partition++) {
      List<AuditEntry> own = new ArrayList<>();
      long millis = 10_000;
      for (int sequence = 25; sequence > 0; sequence--) {
        own.add(entry(partition, sequence, millis));
        millis -= random.nextInt(50);
      }
      partitions.add(own);
    }
    List<AuditEntry> seen = new ArrayList<>();
    String cursor = null;
    do {
      List<@Nullable String> cursors = MergedPages.auditCursors(cursor, 3);
      List<Page<AuditEntry>> pages = new ArrayList<>();
      for (int partition = 0; partition < 3; partition++) {
        pages.add(auditPage(partitions.get(partition), 7, cursors.get(partition)));
      }
      Page<AuditEntry> page = MergedPages.audit(pages, cursors, 7);
      seen.addAll(page.items());
      cursor = page.next();
    } while (cursor != null);

    assertThat(seen).doesNotHaveDuplicates().hasSize(75);
    assertThat(seen).extracting(AuditEntry::time).isSortedAccordingTo(Comparator.reverseOrder());
  }

  @Test
  void aCursorOfAnotherListIsRefused() {
    assertThatThrownBy(() -> MergedPages.auditCursors("17", 3))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("none of this list");
  }
}
