package dev.capstan.server.partition;

import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.Message;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The batch that a turn makes: rows as they come, the events of each execution, and what is to be
 * done once it is committed. {@link #seal} adds the rows that every changed execution has, once for
 * all its events. Owned by the partition's thread.
 */
final class Draft {
  private static final byte[] NOTHING = {};
  private static final int ROW = 16;
  private static final int POOLED = 512;
  private static final int WRITER = 1024;

  private final RowCodec codec;
  private final Deque<RowWriter> writers = new ArrayDeque<>();
  private Overlay overlay = new Overlay();

  /** What becomes of the row of each task: it may wait, run and wait again within a turn. */
  private final Map<RunKey, Change> tasks = new LinkedHashMap<>();

  private List<Touched> touched = new ArrayList<>();
  private List<Answer> answers = new ArrayList<>();
  private List<Effect.Dispatch> dispatches = new ArrayList<>();
  private List<Effect.CancelAttempt> cancels = new ArrayList<>();
  private List<Outgoing> messages = new ArrayList<>();
  private Instant now = Instant.EPOCH;
  private long sequence;
  private long bytes;
  private int audits;
  private int numbers;

  /** A message with the number of its row. */
  record Outgoing(long number, Message message) {}

  Draft(RowCodec codec) {
    this.codec = codec;
  }

  /** Begins a turn; what was there before is gone. */
  void begin(long nextSequence, Instant turnsNow) {
    sequence = nextSequence;
    now = turnsNow;
    bytes = 0;
    audits = 0;
    numbers = 0;
    reset();
  }

  private void reset() {
    for (Touched each : touched) {
      each.live.touched = null;
    }
    overlay = new Overlay();
    tasks.clear();
    touched = new ArrayList<>();
    answers = new ArrayList<>();
    dispatches = new ArrayList<>();
    cancels = new ArrayList<>();
    messages = new ArrayList<>();
  }

  Instant now() {
    return now;
  }

  long sequence() {
    return sequence;
  }

  /** Its size so far, roughly. */
  long bytes() {
    return bytes;
  }

  /** Takes note of bytes that sealing will write. */
  void expect(long more) {
    bytes += more;
  }

  void put(Table table, byte[] key, byte[] value) {
    add(new Change.Put(table, key, value));
  }

  void delete(Table table, byte[] key) {
    add(new Change.Delete(table, key));
  }

  void add(Change change) {
    bytes += size(change);
    overlay.add(change);
  }

  /** The row of a task from now on; sealing writes the last one of each. */
  void task(RunKey run, Change change) {
    Change before = tasks.put(run, change);
    bytes += size(change) - (before == null ? 0 : size(before));
  }

  private static long size(Change change) {
    return ROW
        + switch (change) {
          case Change.Put put -> put.key().length + (long) put.value().length;
          case Change.Delete delete -> delete.key().length;
          case Change.DeleteRange range -> range.from().length + (long) range.to().length;
        };
  }

  /** What an execution has in this batch. */
  Touched touch(LiveExecution live) {
    Touched present = live.touched;
    if (present != null) {
      return present;
    }
    RowWriter writer = writers.isEmpty() ? new RowWriter(WRITER) : writers.pop();
    Touched fresh = new Touched(live, writer);
    EventCodec.begin(writer, fresh.firstIndex, now.toEpochMilli());
    live.touched = fresh;
    touched.add(fresh);
    return fresh;
  }

  /** How many audit entries it has. */
  int audits() {
    return audits;
  }

  /** Adds an audit entry. */
  void audit(
      String principal, String operation, String object, String result, @Nullable String detail) {
    long number = Keys.numberIn(sequence, audits++);
    put(
        Table.AUDIT,
        Keys.number(number),
        codec.audit(now.toEpochMilli(), principal, operation, object, result, detail));
  }

  /** Adds a message to the outbox; answers its number. */
  long send(Message message, byte[] encoded) {
    long number = number();
    put(Table.OUTBOX, Keys.number(number), encoded);
    messages.add(new Outgoing(number, message));
    return number;
  }

  /** A number that later decisions exceed. */
  long number() {
    return Keys.numberIn(sequence, numbers++);
  }

  void dispatch(Effect.Dispatch dispatch) {
    dispatches.add(dispatch);
  }

  void cancel(Effect.CancelAttempt cancel) {
    cancels.add(cancel);
  }

  void answer(Answer answer) {
    answers.add(answer);
  }

  List<Answer> answers() {
    return answers;
  }

  /** What was done to a row so far, but for rows that sealing adds. */
  Overlay.Found find(Table table, byte[] key) {
    return overlay.find(table, key);
  }

  /** Whether nothing is to be written. Answers may wait all the same. */
  boolean isEmpty() {
    return overlay.changes().isEmpty()
        && tasks.isEmpty()
        && dispatches.isEmpty()
        && cancels.isEmpty()
        && touched.stream().allMatch(each -> each.events.isEmpty());
  }

  /** Closes the batch; the draft has nothing in it afterwards. */
  InFlight seal() {
    List<InFlight.Committed> committed = new ArrayList<>(touched.size());
    for (Touched each : touched) {
      if (!each.events.isEmpty()) {
        committed.add(rows(each));
      }
      release(each.written);
    }
    tasks.values().forEach(overlay::add);
    answers.forEach(Answer::sealed);
    Batch batch = new Batch(sequence, now.toEpochMilli(), overlay.changes());
    InFlight sealed =
        new InFlight(batch, overlay, committed, answers, dispatches, cancels, messages);
    reset();
    return sealed;
  }

  private void release(RowWriter writer) {
    writer.truncate(0);
    if (writers.size() < POOLED) {
      writer.shrinkTo(WRITER);
      writers.push(writer);
    }
  }

  private InFlight.Committed rows(Touched each) {
    LiveExecution live = each.live;
    Execution state = live.state();
    Summary summary = Summaries.of(state, 0);
    put(Table.EVENTS, Keys.events(live.key(), each.firstIndex), each.written.toBytes());
    boolean begins = each.firstIndex == 0;
    if (begins || each.events.stream().anyMatch(Event.ExecutionMigrated.class::isInstance)) {
      put(
          Table.EXECUTIONS,
          Keys.head(live.key()),
          codec.head(state, summary.workflow(), live.fingerprint));
    }
    if (begins) {
      index(live, summary);
    }
    put(Table.EXECUTIONS, Keys.state(live.key()), codec.state(state, summary.status()));
    indexStatus(live, summary);
    live.lastBatch = sequence;
    return new InFlight.Committed(
        live, summary, new Event.Recorded(each.firstIndex, now, each.events), each.ended);
  }

  private void index(LiveExecution live, Summary summary) {
    long started = summary.startedAt().toEpochMilli();
    WorkflowReference workflow = summary.workflow();
    put(Table.EXECUTION_INDEX, Keys.indexed(Keys.indexAll(), started, live.key()), NOTHING);
    put(
        Table.EXECUTION_INDEX,
        Keys.indexed(
            Keys.indexWorkflow(workflow.namespace(), workflow.name()), started, live.key()),
        NOTHING);
    for (Map.Entry<String, String> label : summary.labels().entrySet()) {
      put(
          Table.EXECUTION_INDEX,
          Keys.indexed(Keys.indexLabel(label.getKey(), label.getValue()), started, live.key()),
          NOTHING);
    }
  }

  private void indexStatus(LiveExecution live, Summary summary) {
    Status before = live.indexed;
    if (before == summary.status()) {
      return;
    }
    long started = summary.startedAt().toEpochMilli();
    if (before != null) {
      delete(Table.EXECUTION_INDEX, Keys.indexed(Keys.indexStatus(before), started, live.key()));
    }
    put(
        Table.EXECUTION_INDEX,
        Keys.indexed(Keys.indexStatus(summary.status()), started, live.key()),
        NOTHING);
    live.indexed = summary.status();
  }
}
