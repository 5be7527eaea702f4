package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.api.storage.v1.ActiveTask;
import dev.capstan.api.storage.v1.AuditRecord;
import dev.capstan.api.storage.v1.ExecutionHead;
import dev.capstan.api.storage.v1.ExecutionState;
import dev.capstan.core.execution.DefinitionSource;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is committed and applied on this replica: everything that has been acknowledged here
 * is in it. Safe for any thread.
 */
public final class PartitionReader {
  private final Store store;
  private final DefinitionCache definitions;
  private final Histories histories;

  /** A reader of a partition's store. */
  public PartitionReader(Store store, DefinitionCache definitions) {
    this.store = store;
    this.definitions = definitions;
    this.histories = new Histories(store);
  }

  /** An execution with its input, null if there is none. */
  public @Nullable Summary summary(String execution) {
    return summary(execution, true);
  }

  /**
   * An execution, null if there is none; without {@code withInput} its input is null as JSON, which
   * saves a read.
   */
  public @Nullable Summary summary(String execution, boolean withInput) {
    long revision = store.appliedIndex();
    byte[] key = Keys.execution(execution);
    byte[] head = store.get(Table.EXECUTIONS, Keys.head(key));
    byte[] state = store.get(Table.EXECUTIONS, Keys.state(key));
    if (head == null || state == null) {
      return null;
    }
    JsonNode input = withInput ? input(key) : NullNode.getInstance();
    return summary(execution, RowCodec.head(head), RowCodec.state(state), input, revision);
  }

  private static Summary summary(
      String execution, ExecutionHead head, ExecutionState state, JsonNode input, long revision) {
    return new Summary(
        execution,
        EventReader.workflow(head.getWorkflow()),
        RowCodec.status(state.getStatus()),
        input,
        state.hasOutput() ? JsonBytes.read(state.getOutput()) : null,
        state.hasError() ? EventReader.error(state.getError()) : null,
        EventReader.labels(head.getLabelsList()),
        EventReader.time(head.getStartedAt()),
        state.hasEndedAt() ? EventReader.time(state.getEndedAt()) : null,
        head.getStartedBy(),
        head.hasParent() ? EventReader.parent(head.getParent()) : null,
        head.hasContinuedFrom() ? head.getContinuedFrom() : null,
        state.hasContinuedAs() ? state.getContinuedAs() : null,
        state.getEventCount(),
        revision);
  }

  private JsonNode input(byte[] key) {
    List<Event.Recorded> first = histories.read(key, 0, 1);
    if (!first.isEmpty()
        && first.getFirst().events().getFirst() instanceof Event.ExecutionStarted started) {
      return started.rawInput();
    }
    throw new IllegalStateException("a history does not begin with its start");
  }

  /**
   * A history from an event on, until at least {@code count} events are there or the history ends;
   * empty if there is no execution. The first entry may begin before {@code fromIndex}.
   */
  public List<Event.Recorded> history(String execution, long fromIndex, int count) {
    return histories.read(Keys.execution(execution), fromIndex, count);
  }

  /** The state of an execution, made from its history; null if there is none. */
  public @Nullable Execution replay(String execution) {
    List<Event.Recorded> history = histories.read(Keys.execution(execution));
    return history.isEmpty() ? null : Execution.replay(execution, definitions, history);
  }

  /** What an execution runs now; null if there is none. */
  public @Nullable Definition definition(String execution) {
    byte[] head = store.get(Table.EXECUTIONS, Keys.head(Keys.execution(execution)));
    if (head == null) {
      return null;
    }
    Definitions.Deployed deployed = definitions.find(RowCodec.head(head).getWorkflow().getHash());
    if (deployed == null) {
      throw new IllegalStateException(
          "the definition of execution " + execution + " is not stored");
    }
    return deployed.definition();
  }

  /** The definitions that histories name. */
  public DefinitionSource definitions() {
    return definitions;
  }

  /** What a task wants of a node, null if it does not wait for one. */
  public @Nullable WaitingTask waiting(String execution, long run) {
    byte[] row = store.get(Table.TASKS, Keys.task(Keys.execution(execution), run));
    if (row == null) {
      return null;
    }
    ActiveTask task = RowCodec.task(row);
    return task.hasNode()
        ? null
        : new WaitingTask(
            task.getKind(),
            JsonBytes.read(task.getMetadata()),
            Instant.ofEpochMilli(task.getQueuedMillis()));
  }

  /** What a waiting task wants of a node, and when it began to wait. */
  public record WaitingTask(String kind, JsonNode metadata, Instant since) {}

  /**
   * Audit entries, the latest first.
   *
   * @param before only entries with smaller numbers
   */
  public List<Audit> audit(long before, int limit) {
    List<Audit> entries = new ArrayList<>();
    try (Rows rows =
        store.scan(Table.AUDIT, Keys.number(0), Keys.number(before), Direction.BACKWARD)) {
      while (entries.size() < limit && rows.next()) {
        AuditRecord record = RowCodec.audit(rows.value());
        entries.add(
            new Audit(
                Keys.lastNumber(rows.key()),
                Instant.ofEpochMilli(record.getTimeMillis()),
                record.getPrincipal(),
                record.getOperation(),
                record.getObject(),
                record.getResult(),
                record.hasDetail() ? record.getDetail() : null));
      }
    }
    return entries;
  }

  /** A change, or one that was refused. {@code number} grows with time. */
  public record Audit(
      long number,
      Instant time,
      String principal,
      String operation,
      String object,
      String result,
      @Nullable String detail) {}
}
