package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What may be asked of a partition. May be called by any thread; answers come on the partition's
 * threads after the change is durable and applied, so callers must not block in them. All failures
 * are {@link Refusal}s. A full inbox refuses at once.
 */
public interface PartitionRequests {

  /**
   * Starts an execution, or answers the one that has the id or key already if it was an equal
   * request.
   */
  CompletableFuture<Started> start(Start request);

  /**
   * Applies a command to an execution; completes with its summary afterwards. Rejections become
   * refusals.
   */
  CompletableFuture<Summary> command(
      String execution, Command command, String principal, String operation);

  /**
   * A report of a node. Nobody waits for it: a rejected one is counted and, when its token is
   * stale, audited.
   */
  void report(Command report, String execution);

  /**
   * Matches cloud events with listening tasks; completes with the number of executions that took
   * one.
   */
  CompletableFuture<Integer> publish(List<CloudEvent> events, String principal);

  /** Runs a change of rows in the loop, in order with everything else and atomic. */
  <T> CompletableFuture<T> transact(Transaction<T> transaction);

  /** Some node has free slots again, or a new kind: tasks that wait are looked at once more. */
  void slotsFreed();

  /** The sessions of a node with this epoch are gone: its attempts come back as returned. */
  void sessionLost(String node, long epoch, String reason);

  /**
   * The session of a node goes on, over another stream or at another coordinator: attempts under
   * its epoch that it does not hold come back as returned.
   *
   * @return completes with those of {@code held} that are still the node's
   */
  CompletableFuture<Set<AttemptToken>> sessionResumed(
      String node, long epoch, Set<AttemptToken> held);

  /**
   * A start.
   *
   * @param id the execution's id, already checked or made
   * @param fresh the id was made for this request, so nobody needs to look whether it is taken
   * @param key of idempotency; null for none
   * @param definitionText stored with the execution's batch if the hash is not stored yet
   */
  record Start(
      String id,
      boolean fresh,
      @Nullable String key,
      Definition definition,
      String definitionText,
      JsonNode input,
      @Nullable ParentReference parent,
      Map<String, String> labels,
      String principal) {}

  /** The answer to a start. {@code replayed}: it had been started before. */
  record Started(Summary summary, boolean replayed) {}

  /** What lists and answers show of an execution, as of a log index. */
  record Summary(
      String id,
      WorkflowReference workflow,
      Status status,
      JsonNode input,
      @Nullable JsonNode output,
      @Nullable WorkflowError error,
      Map<String, String> labels,
      Instant startedAt,
      @Nullable Instant endedAt,
      String startedBy,
      @Nullable ParentReference parent,
      long eventCount,
      long revision) {}

  /** A change of rows that is no execution's: definitions, schedules, nodes. */
  interface Transaction<T> {
    /**
     * Reads and writes through {@code view}; throws a Refusal to change nothing. Runs on the
     * partition's thread: no I/O beyond the view.
     */
    T run(TransactionView view);
  }

  /**
   * Rows as they are after everything decided so far, and the batch that is being made. Rows of
   * executions that were decided in the same turn are written at its end: ask for them in a later
   * transaction.
   */
  interface TransactionView {
    /** When. */
    Instant now();

    /** The value of a row, null when there is none. */
    byte @Nullable [] get(Table table, byte[] key);

    /** Adds a change to the batch. */
    void write(Change change);

    /** Adds an audit entry to the batch. */
    void audit(
        String principal, String operation, String object, String result, @Nullable String detail);

    /** Starts an execution in the same batch. */
    void start(Start request);

    /** Does something once the batch is durable and applied. */
    void afterCommit(Runnable action);
  }

  /** Hears of every committed change of executions, in order, on one thread; must not block. */
  interface CommitListener {
    /** What one batch has of an execution, with its summary after that. */
    void committed(Summary summary, Event.Recorded events);

    /** An execution has ended; comes after its last {@link #committed}. */
    default void ended(Summary summary, Execution last) {}
  }
}
