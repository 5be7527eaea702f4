package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.Definition;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something that is wanted of one execution. */
public sealed interface Command {

  /**
   * Makes the execution, of the definition that its state was made with.
   *
   * @param deadline the moment at which it times out at last; null for none
   */
  record Start(
      JsonNode input,
      @Nullable ParentReference parent,
      Map<String, String> labels,
      String startedBy,
      @Nullable Predecessor predecessor,
      @Nullable Instant deadline)
      implements Command {
    /** One that goes on for no other and has no deadline. */
    public Start(
        JsonNode input,
        @Nullable ParentReference parent,
        Map<String, String> labels,
        String startedBy) {
      this(input, parent, labels, startedBy, null, null);
    }
  }

  /** Gives a waiting task to a node, under the epoch of the node's session. */
  record Assign(long task, String node, long epoch) implements Command {}

  /** An attempt ended well. */
  record ReportOutput(AttemptToken token, JsonNode output) implements Command {}

  /** An attempt failed. */
  record ReportFault(AttemptToken token, WorkflowError error) implements Command {}

  /**
   * An attempt that subscribes got a message.
   *
   * @param number counts the messages of the attempt, from 1; one that is not confirmed comes again
   * @param message an object of payload, headers and correlationId
   */
  record DeliverMessage(AttemptToken token, long number, JsonNode message) implements Command {}

  /**
   * An attempt came back without having run to its end: its node was lost, refused it, or stopped
   * it.
   */
  record ReportReturned(AttemptToken token, String reason, Return how) implements Command {
    /** One that did not begin for sure. */
    public ReportReturned(AttemptToken token, String reason) {
      this(token, reason, Return.UNTOUCHED);
    }
  }

  /** How an attempt came back. */
  enum Return {
    /** It did not begin for sure: it goes elsewhere, whatever the task says of recovery. */
    UNTOUCHED,
    /**
     * Its node has begun to run it, or may have and can't say; what happens is for the task to
     * decide.
     */
    LOST,
    /** It is taken from a node that is to go: as lost, but nothing waits for that node. */
    MOVED
  }

  /** A timer is due. */
  record FireTimer(TimerKey key) implements Command {}

  /** A cloud event that a listening task may want. */
  record DeliverCloudEvent(long task, CloudEvent event) implements Command {}

  /**
   * The decision of a human task, or an update: a cloud event that is made for this task alone.
   *
   * @param id of the cloud event; one that was taken already is not taken again
   * @param data of the cloud event
   * @param by the principal
   */
  record Tell(long task, String id, JsonNode data, String by) implements Command {}

  /**
   * Says who is to decide a human task.
   *
   * @param assignee null for nobody in particular
   */
  record AssignHumanTask(long task, @Nullable String assignee, String by) implements Command {}

  /** An execution that a task waits for has ended. */
  record ChildEnded(long task, String execution, Outcome outcome) implements Command {}

  /** Ends the execution. */
  record Cancel(String by, @Nullable String reason) implements Command {}

  /** Lets nothing new start. */
  record Suspend(String by, @Nullable String reason) implements Command {}

  /** Goes on after {@link Suspend}. */
  record Resume(String by) implements Command {}

  /** Goes on after a fault with the tasks that faulted. */
  record Retry(String by) implements Command {}

  /**
   * Goes on with another definition of the workflow, which the execution's source of definitions
   * must have.
   *
   * @param given which tasks stand for which where names don't say it: JSON pointers in {@code to},
   *     by pointers in the present definition
   */
  record Migrate(Definition to, Map<String, String> given, String by) implements Command {}
}
