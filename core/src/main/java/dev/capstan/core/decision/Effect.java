package dev.capstan.core.decision;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.HumanTask;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done once the events of a decision are committed. Only a leader does it; each may
 * be done twice or be lost with the leader, because the next one derives it again from the state
 * ({@link Decider#pending}).
 */
public sealed interface Effect {

  /**
   * A task waits for a node.
   *
   * @param kind what the node must be able to run, such as {@code call:http}
   * @param metadata {@code metadata.capstan} of the task: requirements, preferences, priority
   */
  record Enqueue(long task, String kind, JsonNode metadata) implements Effect {}

  /** A task no longer waits for a node. */
  record Withdraw(long task) implements Effect {}

  /**
   * An attempt goes to its node.
   *
   * @param arguments with all expressions evaluated, secrets included: never stored, never logged
   * @param idempotencyKey the same for every attempt of the task
   * @param deadline when the task's timeout will end it
   * @param once the task faults rather than run again once it has begun ({@code recovery: fail})
   */
  record Dispatch(
      AttemptToken token,
      String node,
      String kind,
      String taskName,
      String reference,
      JsonNode arguments,
      String idempotencyKey,
      @Nullable Instant deadline,
      boolean once)
      implements Effect {
    @Override
    public String toString() {
      return "Dispatch[" + token + " to " + node + ", " + kind + "]";
    }
  }

  /** An attempt is to be stopped on its node. */
  record CancelAttempt(AttemptToken token, String node) implements Effect {}

  /**
   * The messages of a subscription up to {@code number} are safe or were not wanted, and the one
   * after may come, also if it came before.
   */
  record ConfirmMessages(AttemptToken token, String node, long number) implements Effect {}

  /** A timer is to fire at an instant, in place of an earlier one with the key. */
  record ArmTimer(TimerKey key, Instant at) implements Effect {}

  /** A timer is not to fire. */
  record DisarmTimer(TimerKey key) implements Effect {}

  /** A task wants cloud events of these types; no type at all means every event. */
  record Subscribe(long task, List<String> types) implements Effect {
    public Subscribe {
      types = List.copyOf(types);
    }
  }

  /** A task wants no more cloud events. */
  record Unsubscribe(long task) implements Effect {}

  /**
   * A person is asked to decide; also when something about it has changed, after {@link
   * HumanTaskClosed} with what it was.
   *
   * @param name of the task
   * @param reference its JSON pointer in the definition
   * @param since when it began
   */
  record HumanTaskOpened(long task, String name, String reference, Instant since, HumanTask asked)
      implements Effect {}

  /** Nobody is asked any more. */
  record HumanTaskClosed(long task, Instant since, HumanTask asked) implements Effect {}

  /** A message is to be delivered. */
  record Send(Message message) implements Effect {}

  /** The execution has ended. */
  record Ended(Outcome outcome) implements Effect {}
}
