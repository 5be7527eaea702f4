package dev.capstan.server.partition;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.capstan.api.storage.v1.ActiveTask;
import dev.capstan.api.storage.v1.AuditRecord;
import dev.capstan.api.storage.v1.DefinitionText;
import dev.capstan.api.storage.v1.ExecutionHead;
import dev.capstan.api.storage.v1.ExecutionState;
import dev.capstan.api.storage.v1.IdempotencyKey;
import dev.capstan.api.storage.v1.Subscription;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.Predecessor;
import dev.capstan.core.history.WorkflowReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values of the rows beside the history; the numbers are those of {@code rows.proto}. Owned by
 * one thread.
 */
final class RowCodec {
  private static final int KEEP = 64 * 1024;

  private final RowWriter out = new RowWriter(1024);

  byte[] head(Execution execution, WorkflowReference workflow, byte[] fingerprint) {
    EventCodec.workflow(out, 1, workflow);
    EventCodec.parent(out, 2, execution.parent());
    EventCodec.labels(out, 3, execution.labels());
    out.text(4, execution.startedBy());
    out.time(5, execution.startedAt());
    out.bytes(6, fingerprint);
    Predecessor before = execution.predecessor();
    out.optional(45, before == null ? null : before.execution());
    return take();
  }

  byte[] state(Execution execution, Status status) {
    out.number(1, status(status).getNumber());
    out.number(2, execution.eventCount());
    out.time(3, execution.endedAt());
    out.optional(4, execution.output());
    EventCodec.error(out, 5, execution.error());
    out.optional(45, execution.continuedAs());
    return take();
  }

  byte[] waiting(TaskQueue.Waiting task) {
    out.text(1, task.demand().kind());
    out.json(2, task.metadata());
    out.number(3, task.age().number());
    out.number(7, task.sinceMillis());
    if (task.age().millis() != task.sinceMillis()) {
      out.number(10, task.age().millis());
    }
    return take();
  }

  byte[] running(Attempts.Attempt attempt) {
    Age age = attempt.age();
    out.number(3, age == null ? 0 : age.number());
    out.optional(4, attempt.node());
    out.number(5, attempt.epoch());
    out.number(6, attempt.attempt());
    out.optional(8, attempt.key());
    out.optional(9, attempt.concurrencyKey());
    out.number(10, age == null ? 0 : age.millis());
    out.optional(11, attempt.definition());
    return take();
  }

  byte[] subscription(List<String> types) {
    for (String type : types) {
      int start = out.begin(1);
      out.utf8(type);
      out.end(start);
    }
    return take();
  }

  byte[] key(String execution, byte[] fingerprint, long createdMillis) {
    out.text(1, execution);
    out.bytes(2, fingerprint);
    out.number(3, createdMillis);
    return take();
  }

  byte[] definitionText(String text) {
    out.text(1, text);
    return take();
  }

  byte[] audit(
      long timeMillis,
      String principal,
      String operation,
      String object,
      String result,
      @Nullable String detail) {
    out.number(1, timeMillis);
    out.text(2, principal);
    out.text(3, operation);
    out.text(4, object);
    out.text(5, result);
    out.optional(6, detail);
    return take();
  }

  private byte[] take() {
    byte[] bytes = out.toBytes();
    out.truncate(0);
    out.shrinkTo(KEEP);
    return bytes;
  }

  /** Forgets what a failed call has left. */
  void reset() {
    out.truncate(0);
  }

  static ExecutionHead head(byte[] value) {
    return parse(ExecutionHead.parser(), value);
  }

  static ExecutionState state(byte[] value) {
    return parse(ExecutionState.parser(), value);
  }

  static ActiveTask task(byte[] value) {
    return parse(ActiveTask.parser(), value);
  }

  /** A waiting task of a row. */
  static TaskQueue.Stored waiting(RunKey run, ActiveTask task) {
    long since = task.getQueuedMillis();
    long first = task.getFirstQueuedMillis();
    return new TaskQueue.Stored(
        run,
        task.getKind(),
        JsonBytes.read(task.getMetadata()),
        new Age(task.getQueued(), first == 0 ? since : first),
        since);
  }

  /** An attempt of a row. */
  static Attempts.Attempt attempt(RunKey run, ActiveTask task) {
    return new Attempts.Attempt(
        run,
        task.getAttempt(),
        task.getNode(),
        task.getEpoch(),
        task.hasKey() ? task.getKey() : null,
        task.hasConcurrencyKey() ? task.getConcurrencyKey() : null,
        task.hasDefinition() ? task.getDefinition() : null,
        task.getQueued() == 0 ? null : new Age(task.getQueued(), task.getFirstQueuedMillis()));
  }

  static Subscription subscription(byte[] value) {
    return parse(Subscription.parser(), value);
  }

  static IdempotencyKey key(byte[] value) {
    return parse(IdempotencyKey.parser(), value);
  }

  static DefinitionText definitionText(byte[] value) {
    return parse(DefinitionText.parser(), value);
  }

  static AuditRecord audit(byte[] value) {
    return parse(AuditRecord.parser(), value);
  }

  static <M extends MessageLite> M parse(Parser<M> parser, byte[] value) {
    try {
      return parser.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("damaged row: " + e.getMessage(), e);
    }
  }

  static ExecutionState.Status status(Status status) {
    return switch (status) {
      case PENDING -> ExecutionState.Status.PENDING;
      case RUNNING -> ExecutionState.Status.RUNNING;
      case WAITING -> ExecutionState.Status.WAITING;
      case SUSPENDED -> ExecutionState.Status.SUSPENDED;
      case CANCELLED -> ExecutionState.Status.CANCELLED;
      case FAULTED -> ExecutionState.Status.FAULTED;
      case COMPLETED -> ExecutionState.Status.COMPLETED;
    };
  }

  static Status status(ExecutionState.Status stored) {
    return switch (stored) {
      case PENDING -> Status.PENDING;
      case RUNNING -> Status.RUNNING;
      case WAITING -> Status.WAITING;
      case SUSPENDED -> Status.SUSPENDED;
      case CANCELLED -> Status.CANCELLED;
      case FAULTED -> Status.FAULTED;
      case COMPLETED -> Status.COMPLETED;
      case STATUS_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("a status that this version does not know: " + stored);
    };
  }
}
