package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.capstan.api.storage.v1.CorrelationKey;
import dev.capstan.api.storage.v1.Error;
import dev.capstan.api.storage.v1.ExecutionMigrated;
import dev.capstan.api.storage.v1.Label;
import dev.capstan.api.storage.v1.Parent;
import dev.capstan.api.storage.v1.Recorded;
import dev.capstan.api.storage.v1.Time;
import dev.capstan.api.storage.v1.Workflow;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.HumanTask;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.core.history.SchemaFetch;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.model.FlowDirective;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link EventCodec} writes. Everything it throws is an {@link IllegalStateException}:
 * the row is damaged.
 */
final class EventReader {
  private EventReader() {}

  static Event.Recorded read(byte[] value) {
    try {
      Recorded recorded = Recorded.parseFrom(value);
      List<Event> events = new ArrayList<>(recorded.getEventsCount());
      for (dev.capstan.api.storage.v1.Event event : recorded.getEventsList()) {
        events.add(event(event));
      }
      return new Event.Recorded(
          recorded.getFirstIndex(), Instant.ofEpochMilli(recorded.getTimeMillis()), events);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("damaged history: " + e.getMessage(), e);
    }
  }

  private static Event event(dev.capstan.api.storage.v1.Event stored) {
    return switch (stored.getKindCase()) {
      case EXECUTION_STARTED -> started(stored.getExecutionStarted());
      case EXECUTION_SUSPENDED -> {
        var e = stored.getExecutionSuspended();
        yield new Event.ExecutionSuspended(e.getBy(), e.hasReason() ? e.getReason() : null);
      }
      case EXECUTION_RESUMED -> new Event.ExecutionResumed(stored.getExecutionResumed().getBy());
      case EXECUTION_RETRIED -> new Event.ExecutionRetried(stored.getExecutionRetried().getBy());
      case EXECUTION_MIGRATED -> migrated(stored.getExecutionMigrated());
      case EXECUTION_COMPLETED -> {
        var e = stored.getExecutionCompleted();
        yield new Event.ExecutionCompleted(
            json(e.hasOutput(), e.getOutput()), e.hasContinuedAs() ? e.getContinuedAs() : null);
      }
      case EXECUTION_FAULTED ->
          new Event.ExecutionFaulted(error(stored.getExecutionFaulted().getError()));
      case EXECUTION_CANCELLED -> {
        var e = stored.getExecutionCancelled();
        yield new Event.ExecutionCancelled(e.getBy(), e.hasReason() ? e.getReason() : null);
      }
      case TASK_CREATED,
          TASK_SKIPPED,
          TASK_SETTLED,
          TASK_STARTED,
          LOOP_STARTED,
          WAIT_STARTED,
          CHILD_STARTED,
          CLOUD_EVENT_CONSUMED,
          TASK_RETRIED,
          ERROR_CAUGHT,
          TASK_COMPLETED,
          TASK_FAULTED,
          TASK_CANCELLED,
          CLOUD_EVENT_HANDLED,
          FUNCTION_FETCHED,
          SCHEMA_FETCHED,
          FUNCTION_CALLED,
          MESSAGE_CONSUMED,
          MESSAGE_HANDLED,
          HUMAN_TASK_OPENED,
          HUMAN_TASK_ASSIGNED,
          COMPENSATION_STARTED ->
          taskEvent(stored);
      case KIND_NOT_SET ->
          throw new IllegalStateException("an event of a kind that this version does not know");
    };
  }

  private static Event migrated(ExecutionMigrated stored) {
    Map<String, String> moved = new TreeMap<>();
    stored.getMovedList().forEach(each -> moved.put(each.getFrom(), each.getTo()));
    return new Event.ExecutionMigrated(
        workflow(stored.getFrom()), workflow(stored.getTo()), moved, stored.getBy());
  }

  private static Event taskEvent(dev.capstan.api.storage.v1.Event stored) {
    return switch (stored.getKindCase()) {
      case TASK_CREATED -> created(stored.getTaskCreated());
      case TASK_SKIPPED -> {
        var e = stored.getTaskSkipped();
        yield new Event.TaskSkipped(e.getTask(), e.getReference(), e.getIteration());
      }
      case TASK_SETTLED -> {
        var e = stored.getTaskSettled();
        yield new Event.TaskSettled(e.getTask(), JsonBytes.read(e.getSettings()));
      }
      case TASK_STARTED -> {
        var e = stored.getTaskStarted();
        yield new Event.TaskStarted(
            e.getTask(),
            e.getAttempt(),
            e.hasNode() ? e.getNode() : null,
            e.getEpoch(),
            e.hasFetch() ? fetch(e.getFetch()) : null);
      }
      case LOOP_STARTED -> {
        var e = stored.getLoopStarted();
        yield new Event.LoopStarted(e.getTask(), JsonBytes.read(e.getItems()));
      }
      case WAIT_STARTED -> {
        var e = stored.getWaitStarted();
        yield new Event.WaitStarted(e.getTask(), time(e.getUntil()));
      }
      case CHILD_STARTED -> {
        var e = stored.getChildStarted();
        yield new Event.ChildStarted(e.getTask(), e.getExecution());
      }
      case CLOUD_EVENT_CONSUMED -> consumed(stored.getCloudEventConsumed());
      case TASK_RETRIED -> retried(stored.getTaskRetried());
      case COMPENSATION_STARTED -> {
        var e = stored.getCompensationStarted();
        yield new Event.CompensationStarted(e.getTask(), error(e.getError()));
      }
      case ERROR_CAUGHT -> {
        var e = stored.getErrorCaught();
        yield new Event.ErrorCaught(e.getTask(), error(e.getError()));
      }
      case TASK_COMPLETED -> completed(stored.getTaskCompleted());
      case TASK_FAULTED -> {
        var e = stored.getTaskFaulted();
        yield new Event.TaskFaulted(e.getTask(), error(e.getError()));
      }
      case TASK_CANCELLED -> {
        var e = stored.getTaskCancelled();
        yield new Event.TaskCancelled(e.getTask(), e.getReason());
      }
      case CLOUD_EVENT_HANDLED -> {
        var e = stored.getCloudEventHandled();
        yield new Event.CloudEventHandled(
            e.getTask(), JsonBytes.read(e.getOutput()), json(e.hasContext(), e.getContext()));
      }
      case FUNCTION_FETCHED -> {
        var e = stored.getFunctionFetched();
        yield new Event.FunctionFetched(e.getTask(), json(e.hasFunction(), e.getFunction()));
      }
      case SCHEMA_FETCHED -> {
        var e = stored.getSchemaFetched();
        yield new Event.SchemaFetched(
            e.getTask(), fetch(e.getSchema()), json(e.hasDocument(), e.getDocument()));
      }
      case MESSAGE_CONSUMED -> {
        var e = stored.getMessageConsumed();
        yield new Event.MessageConsumed(e.getTask(), e.getNumber(), JsonBytes.read(e.getMessage()));
      }
      case MESSAGE_HANDLED -> {
        var e = stored.getMessageHandled();
        yield new Event.MessageHandled(
            e.getTask(), JsonBytes.read(e.getOutput()), json(e.hasContext(), e.getContext()));
      }
      case FUNCTION_CALLED -> {
        var e = stored.getFunctionCalled();
        yield new Event.FunctionCalled(e.getTask(), JsonBytes.read(e.getArguments()));
      }
      case HUMAN_TASK_OPENED -> {
        var e = stored.getHumanTaskOpened();
        yield new Event.HumanTaskOpened(e.getTask(), humanTask(e.getAsked()));
      }
      case HUMAN_TASK_ASSIGNED -> {
        var e = stored.getHumanTaskAssigned();
        yield new Event.HumanTaskAssigned(
            e.getTask(), e.hasAssignee() ? e.getAssignee() : null, e.getBy());
      }
      case EXECUTION_STARTED,
          EXECUTION_SUSPENDED,
          EXECUTION_RESUMED,
          EXECUTION_RETRIED,
          EXECUTION_MIGRATED,
          EXECUTION_COMPLETED,
          EXECUTION_FAULTED,
          EXECUTION_CANCELLED,
          KIND_NOT_SET ->
          throw new IllegalStateException("no event of a task: " + stored.getKindCase());
    };
  }

  private static Event started(dev.capstan.api.storage.v1.ExecutionStarted e) {
    return new Event.ExecutionStarted(
        workflow(e.getWorkflow()),
        JsonBytes.read(e.getRawInput()),
        json(e.hasInput(), e.getInput()),
        e.hasParent() ? parent(e.getParent()) : null,
        labels(e.getLabelsList()),
        e.hasDeadline() ? time(e.getDeadline()) : null,
        e.getStartedBy(),
        e.hasPredecessor() ? predecessor(e.getPredecessor()) : null,
        e.hasNotAfter() ? time(e.getNotAfter()) : null,
        e.hasDoubt() ? error(e.getDoubt()) : null);
  }

  private static Event created(dev.capstan.api.storage.v1.TaskCreated e) {
    return new Event.TaskCreated(
        e.getTask(),
        e.getParent(),
        e.getReference(),
        e.getIteration(),
        json(e.hasInput(), e.getInput()),
        e.hasDeadline() ? time(e.getDeadline()) : null,
        e.getExtensionsList(),
        e.hasNotAfter() ? time(e.getNotAfter()) : null,
        e.hasDoubt() ? error(e.getDoubt()) : null);
  }

  private static SchemaFetch fetch(dev.capstan.api.storage.v1.SchemaFetch stored) {
    return new SchemaFetch(stored.getReference(), stored.getResource());
  }

  private static Event consumed(dev.capstan.api.storage.v1.CloudEventConsumed e) {
    Map<String, JsonNode> keys = new TreeMap<>();
    for (CorrelationKey key : e.getKeysList()) {
      keys.put(key.getName(), JsonBytes.read(key.getValue()));
    }
    return new Event.CloudEventConsumed(
        e.getTask(),
        e.getFilter(),
        e.getTerminal(),
        new CloudEvent(JsonBytes.read(e.getEvent())),
        keys,
        e.hasBy() ? e.getBy() : null);
  }

  static HumanTask humanTask(dev.capstan.api.storage.v1.HumanTask stored) {
    return new HumanTask(
        stored.getTitle(),
        stored.hasDescription() ? stored.getDescription() : null,
        stored.hasAssignee() ? stored.getAssignee() : null,
        stored.getCandidatesList(),
        stored.hasDueAt() ? time(stored.getDueAt()) : null,
        stored.getPriority());
  }

  private static Event retried(dev.capstan.api.storage.v1.TaskRetried e) {
    return new Event.TaskRetried(
        e.getTask(),
        e.getAttempt(),
        time(e.getAt()),
        e.hasError() ? error(e.getError()) : null,
        e.getReason(),
        e.hasNode() ? e.getNode() : null);
  }

  private static Event completed(dev.capstan.api.storage.v1.TaskCompleted e) {
    return new Event.TaskCompleted(
        e.getTask(),
        json(e.hasOutput(), e.getOutput()),
        json(e.hasContext(), e.getContext()),
        e.hasThen() ? FlowDirective.of(e.getThen()) : null);
  }

  static WorkflowReference workflow(Workflow stored) {
    return new WorkflowReference(
        stored.getNamespace(), stored.getName(), stored.getVersion(), stored.getHash());
  }

  static ParentReference parent(Parent stored) {
    return new ParentReference(
        stored.getExecution(), stored.getTask(), stored.getAwaited(), stored.getDepth());
  }

  static Predecessor predecessor(dev.capstan.api.storage.v1.Predecessor stored) {
    return new Predecessor(stored.getExecution(), stored.getTask(), stored.getFirst());
  }

  static Map<String, String> labels(List<Label> stored) {
    if (stored.isEmpty()) {
      return Map.of();
    }
    Map<String, String> labels = new LinkedHashMap<>();
    for (Label label : stored) {
      labels.put(label.getName(), label.getValue());
    }
    return labels;
  }

  static WorkflowError error(Error stored) {
    return new WorkflowError(
        stored.getType(),
        stored.getStatus(),
        stored.hasTitle() ? stored.getTitle() : null,
        stored.hasDetail() ? stored.getDetail() : null,
        stored.hasInstance() ? stored.getInstance() : null);
  }

  static Instant time(Time stored) {
    return Instant.ofEpochSecond(stored.getSeconds(), stored.getNanos());
  }

  private static @Nullable JsonNode json(boolean present, ByteString stored) {
    return present ? JsonBytes.read(stored) : null;
  }
}
