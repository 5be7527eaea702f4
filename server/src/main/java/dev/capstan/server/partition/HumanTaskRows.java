package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.HumanTaskRow;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.history.HumanTask;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The rows that human tasks are found by while they are open: one among all, one by assignee, and
 * one by each candidate. Written in the batch of the events that they follow from.
 */
final class HumanTaskRows {
  private HumanTaskRows() {}

  static void open(Draft draft, LiveExecution live, Effect.HumanTaskOpened opened) {
    byte[] value = value(live, opened);
    for (byte[] key : keys(live, opened.task(), opened.since(), opened.asked())) {
      draft.put(Table.EXECUTION_INDEX, key, value);
    }
  }

  static void close(Draft draft, LiveExecution live, Effect.HumanTaskClosed closed) {
    for (byte[] key : keys(live, closed.task(), closed.since(), closed.asked())) {
      draft.delete(Table.EXECUTION_INDEX, key);
    }
  }

  private static List<byte[]> keys(LiveExecution live, long run, Instant since, HumanTask asked) {
    List<byte[]> prefixes = new ArrayList<>();
    prefixes.add(Keys.humanTasks());
    if (asked.assignee() != null) {
      prefixes.add(Keys.humanTasksOf(asked.assignee()));
    }
    asked.candidates().forEach(candidate -> prefixes.add(Keys.humanTasksFor(candidate)));
    long millis = since.toEpochMilli();
    return prefixes.stream()
        .map(prefix -> Keys.humanTask(prefix, millis, live.key(), run))
        .toList();
  }

  private static byte[] value(LiveExecution live, Effect.HumanTaskOpened opened) {
    WorkflowReference workflow = Objects.requireNonNull(live.state().workflow());
    HumanTask asked = opened.asked();
    HumanTask shown =
        new HumanTask(
            asked.title(),
            null,
            asked.assignee(),
            asked.candidates(),
            asked.dueAt(),
            asked.priority());
    RowWriter out = new RowWriter(256);
    out.text(1, opened.name());
    out.text(2, opened.reference());
    EventCodec.humanTask(out, 3, shown);
    EventCodec.workflow(out, 4, workflow);
    return out.toBytes();
  }

  static HumanTaskRow read(byte[] value) {
    return RowCodec.parse(HumanTaskRow.parser(), value);
  }
}
