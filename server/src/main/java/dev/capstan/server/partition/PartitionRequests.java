package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
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
import java.util.function.BooleanSupplier;
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
   * Moves an execution to another definition of its workflow; completes with its summary
   * afterwards. One that can't move is a refusal.
   */
  CompletableFuture<Summary> migrate(Move move);

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

  /**
   * Says something to a running execution, by which it goes on; completes when that is durable. A
   * refusal that it does not listen has a hint when to try again.
   */
  CompletableFuture<Said.Heard> say(Said said);

  /** Runs a change of rows in the loop, in order with everything else and atomic. */
  <T> CompletableFuture<T> transact(Transaction<T> transaction);

  /**
   * Which limit holds back tasks with this {@code metadata.capstan}, as a sentence with numbers;
   * null if none does, or if tasks do not wait here.
   */
  default @Nullable String heldBack(JsonNode metadata) {
    return null;
  }

  /** Some node has free slots again, or a new kind: tasks that wait are looked at once more. */
  void slotsFreed();

  /**
   * The session of a node begins. In one step with {@code join}, which decides under which epoch,
   * attempts come back as returned: those under its epoch that the node does not hold, when it goes
   * on, and all under the epoch that has ended, when it begins anew.
   *
   * @param held what the node says that it holds
   * @return completes when it is durable
   */
  <J extends Joining> CompletableFuture<Begun<J>> sessionBegins(
      String node, Set<AttemptToken> held, Transaction<J> join);

  /**
   * The session of a node ends, if {@code departure} says so: in one step with it, the attempts
   * under the epoch that it answers come back as returned.
   *
   * @param forGood whether the node never comes back, so that no task waits for it; asked when it
   *     is decided
   * @param departure answers the epoch that has ended; 0 when nothing has
   * @return completes with that epoch when it is durable
   */
  CompletableFuture<Long> sessionEnds(
      String node, String reason, BooleanSupplier forGood, Transaction<Long> departure);

  /** What the join of a node has decided. */
  interface Joining {
    /** Under which the node goes on; 0 when it begins anew. */
    long resumedEpoch();

    /** That the node had before and has no longer; 0 for none. */
    long endedEpoch();
  }

  /**
   * A session that has begun.
   *
   * @param kept what the node holds and shall go on with
   */
  record Begun<J>(J joined, Set<AttemptToken> kept) {}

  /**
   * A start.
   *
   * @param id the execution's id, already checked or made
   * @param fresh the id was made for this request, so nobody needs to look whether it is taken
   * @param key of idempotency; null for none
   * @param definitionText stored with the execution's batch if the hash is not stored yet
   * @param deadline the moment at which it times out at last; null for none
   * @param latest whether the definition is that of the latest version because no other was asked
   *     for; which version that is does not tell one request from another
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
      String principal,
      @Nullable Predecessor predecessor,
      @Nullable Instant deadline,
      boolean latest) {
    /** One of a definition that was asked for as it is. */
    public Start(
        String id,
        boolean fresh,
        @Nullable String key,
        Definition definition,
        String definitionText,
        JsonNode input,
        @Nullable ParentReference parent,
        Map<String, String> labels,
        String principal,
        @Nullable Predecessor predecessor,
        @Nullable Instant deadline) {
      this(
          id,
          fresh,
          key,
          definition,
          definitionText,
          input,
          parent,
          labels,
          principal,
          predecessor,
          deadline,
          false);
    }

    /** One that goes on for no other execution and has no deadline. */
    public Start(
        String id,
        boolean fresh,
        @Nullable String key,
        Definition definition,
        String definitionText,
        JsonNode input,
        @Nullable ParentReference parent,
        Map<String, String> labels,
        String principal) {
      this(
          id, fresh, key, definition, definitionText, input, parent, labels, principal, null, null);
    }
  }

  /**
   * A move to another definition.
   *
   * @param given see {@link Command.Migrate}
   * @param principal who asks for it
   */
  record Move(
      String execution, Definitions.Deployed to, Map<String, String> given, String principal) {
    CommandWork work() {
      Command command = new Command.Migrate(to.definition(), given, principal);
      return new CommandWork(execution, command, principal, "execution.migrate", to);
    }
  }

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
      @Nullable String continuedFrom,
      @Nullable String continuedAs,
      long eventCount,
      long revision) {
    /** Of one that goes on for no other, and as no other. */
    public Summary(
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
        long revision) {
      this(
          id,
          workflow,
          status,
          input,
          output,
          error,
          labels,
          startedAt,
          endedAt,
          startedBy,
          parent,
          null,
          null,
          eventCount,
          revision);
    }
  }

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
