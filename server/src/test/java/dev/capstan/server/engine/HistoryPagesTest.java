package dev.capstan.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.DefinitionLoader;
import dev.capstan.dsl.LoadResult;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.Page;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HistoryPagesTest {
  private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
  private static final int ROW = 7;
  private static final WorkflowReference WORKFLOW =
      new WorkflowReference("test", "a", "1.0.0", "hash");

  private final Definition definition = definition();
  private long eventsRead;

  private static Definition definition() {
    String text =
        """
        document: {dsl: '1.0.0', namespace: test, name: a, version: '1.0.0'}
        do:
          - first: {set: {greeting: hello}}
        """;
    if (new DefinitionLoader().load(text, "a.yaml") instanceof LoadResult.Loaded loaded) {
      return loaded.definition();
    }
    throw new AssertionError("the definition is invalid");
  }

  /** A history of any length: it is suspended and resumed in turn. */
  private static Event event(long index) {
    if (index == 0) {
      return new Event.ExecutionStarted(
          WORKFLOW, JsonNodeFactory.instance.objectNode(), null, null, Map.of(), null, "somebody");
    }
    return index % 2 == 0
        ? new Event.ExecutionResumed("somebody")
        : new Event.ExecutionSuspended("somebody", "event " + index);
  }

  private HistoryPages pages(long length, int kept) {
    return new HistoryPages(
        (execution, from, count) -> {
          List<Event.Recorded> rows = new ArrayList<>();
          long read = 0;
          for (long first = from / ROW * ROW; first < length && read < count; first += ROW) {
            List<Event> events = new ArrayList<>();
            for (long index = first; index < Math.min(first + ROW, length); index++) {
              events.add(event(index));
            }
            rows.add(new Event.Recorded(first, START, events));
            read = first + events.size() - from;
            eventsRead += events.size();
          }
          return rows;
        },
        _ -> definition,
        new Redaction(List.of()),
        kept);
  }

  private static Summary summary(String id, long length, Status status) {
    return new Summary(
        id,
        WORKFLOW,
        status,
        JsonNodeFactory.instance.objectNode(),
        null,
        null,
        Map.of(),
        START,
        null,
        "somebody",
        null,
        length,
        1);
  }

  private List<Long> readAll(HistoryPages pages, String id, long length, int limit) {
    List<Long> indexes = new ArrayList<>();
    @Nullable String next = "0";
    while (next != null) {
      Page<HistoryEntry> page =
          pages.page(summary(id, length, Status.COMPLETED), Long.parseLong(next), limit);
      assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
      page.items().forEach(entry -> indexes.add(entry.index()));
      next = page.next();
    }
    return indexes;
  }

  @Test
  void readingALongHistoryPageByPageReadsEveryEventAboutOnce() {
    int length = 100_000;
    int limit = 50;
    List<Long> indexes = readAll(pages(length, 4), "x", length, limit);
    assertThat(indexes).hasSize(length).isSorted().doesNotHaveDuplicates();
    // At the ends of a page a row may be read twice.
    assertThat(eventsRead).isLessThan(length + 2L * ROW * (length / limit + 1));
  }

  @Test
  void anEntryOfALaterPageIsAsInAWholeReading() {
    HistoryPages pages = pages(100, 4);
    List<HistoryEntry> whole = pages.page(summary("x", 100, Status.COMPLETED), 0, 1_000).items();
    List<HistoryEntry> later = pages.page(summary("x", 100, Status.COMPLETED), 40, 20).items();
    assertThat(later).isEqualTo(whole.subList(40, 60));
  }

  @Test
  void aPageThatIsReadAgainIsTheSame() {
    HistoryPages pages = pages(100, 4);
    Summary summary = summary("x", 100, Status.RUNNING);
    Page<HistoryEntry> first = pages.page(summary, 30, 10);
    assertThat(pages.page(summary, 30, 10)).isEqualTo(first);
    assertThat(first.next()).isEqualTo("40");
  }

  @Test
  void aHistoryThatGrowsIsReadOnFromWhereItEnded() {
    HistoryPages pages = pages(2_000, 4);
    Page<HistoryEntry> tail = pages.page(summary("x", 1_000, Status.RUNNING), 0, 1_000);
    assertThat(tail.next()).isNull();
    long before = eventsRead;
    Page<HistoryEntry> more = pages.page(summary("x", 1_010, Status.RUNNING), 1_000, 1_000);
    assertThat(more.items()).hasSize(10);
    assertThat(eventsRead - before).isLessThan(30);
  }

  @Test
  void whatIsKeptIsBoundedAndWhatIsForgottenIsReadAgain() {
    HistoryPages pages = pages(100, 1);
    pages.page(summary("x", 100, Status.RUNNING), 0, 50);
    pages.page(summary("y", 100, Status.RUNNING), 0, 50);
    Page<HistoryEntry> again = pages.page(summary("x", 100, Status.RUNNING), 50, 50);
    assertThat(again.items()).hasSize(50);
    assertThat(again.items().getFirst().index()).isEqualTo(50);
  }

  @Test
  void whatIsBehindTheEndIsEmpty() {
    Page<HistoryEntry> page = pages(10, 1).page(summary("x", 10, Status.RUNNING), 10, 50);
    assertThat(page.items()).isEmpty();
    assertThat(page.next()).isNull();
    assertThat(eventsRead).isZero();
  }
}
