package dev.capstan.server.partition;

import dev.capstan.api.storage.v1.ExecutionHead;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decider;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.decision.Moment;
import dev.capstan.core.execution.Execution;
import dev.capstan.core.history.Event;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.node.env.Entropy;
import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What work may do during a turn: find executions, decide commands about them, add to the batch. A
 * decision that fails through a fault of ours leaves its execution as it was: the state is made
 * again from the history. Owned by the partition's thread.
 */
final class Turn {
  private static final Logger LOG = LoggerFactory.getLogger(Turn.class);
  private static final int AUDITED_FAILURES = 32;

  private final Store store;
  private final Histories histories;
  private final DefinitionCache definitions;
  private final Decider decider;
  private final Entropy entropy;
  private final PartitionLimits limits;
  private final Counters counters;
  private final Pipeline pipeline;
  private final ExecutionCache cache;
  private final Holdings holdings;
  private final RowCodec codec = new RowCodec();
  private final Draft draft;
  private final Bookkeeper bookkeeper;
  private final LinkedHashMap<String, String> storedDefinitions =
      new LinkedHashMap<>(64, 0.75f, true);
  private final Set<String> purging = new HashSet<>();
  private int auditedFailures;
  private long random;
  private long nowNanos;
  private long bound;

  Turn(
      PartitionSetup setup,
      Counters counters,
      Pipeline pipeline,
      ExecutionCache cache,
      Holdings holdings) {
    this.store = setup.store();
    this.histories = new Histories(store);
    this.definitions = setup.definitions();
    this.decider = setup.decider();
    this.entropy = setup.entropy();
    this.limits = setup.limits();
    this.counters = counters;
    this.pipeline = pipeline;
    this.cache = cache;
    this.holdings = holdings;
    this.draft = new Draft(codec);
    this.bookkeeper = new Bookkeeper(holdings, draft, codec, setup.nodes());
  }

  void begin(long sequence, long nowMillis, long turnsNanos) {
    auditedFailures = 0;
    random = entropy.nextLong();
    nowNanos = turnsNanos;
    bookkeeper.begin(turnsNanos);
    draft.begin(sequence, Instant.ofEpochMilli(nowMillis));
  }

  Draft draft() {
    return draft;
  }

  Bookkeeper bookkeeper() {
    return bookkeeper;
  }

  Holdings holdings() {
    return holdings;
  }

  PartitionLimits limits() {
    return limits;
  }

  Counters counters() {
    return counters;
  }

  DefinitionCache definitions() {
    return definitions;
  }

  Instant now() {
    return draft.now();
  }

  /** Differs for each decision of a turn; whoever draws from it mixes it first. */
  private long nextRandom() {
    random += 0x9E3779B97F4A7C15L;
    return random;
  }

  /** The clock for durations, when the turn began. */
  long nowNanos() {
    return nowNanos;
  }

  /** Lets the batch grow to this many quarters of its size. */
  void boundAt(int quarters) {
    bound = (long) limits.batchBytes() * quarters / 4;
  }

  /** Whether the batch has the size that is allowed now, so that what is left has to wait. */
  boolean isFull() {
    return draft.bytes() >= bound;
  }

  /** The value of a row after everything decided so far, null if there is none. */
  byte @Nullable [] get(Table table, byte[] key) {
    Overlay.Found found = draft.find(table, key);
    if (found == Overlay.Found.UNTOUCHED) {
      found = pipeline.find(table, key);
    }
    return found == Overlay.Found.UNTOUCHED ? store.get(table, key) : found.value();
  }

  /**
   * An execution, null if there is none of the id.
   *
   * @throws Poisoned if its history can't be read
   */
  @Nullable LiveExecution find(String id) {
    LiveExecution live = cache.get(id);
    if (live != null
        && live.broken
        && live.touched == null
        && live.lastBatch <= pipeline.applied()) {
      cache.remove(live);
      live = null;
    }
    if (live == null) {
      counters.cacheMisses.increment();
      return load(id);
    }
    if (live.broken) {
      throw new Poisoned(
          "Execution " + id + " is set aside until what was decided about it is stored.");
    }
    counters.cacheHits.increment();
    return live;
  }

  private @Nullable LiveExecution load(String id) {
    if (!purging.isEmpty() && purging.contains(id)) {
      return null;
    }
    byte[] key = Keys.execution(id);
    byte[] row = store.get(Table.EXECUTIONS, Keys.head(key));
    if (row == null) {
      return null;
    }
    try {
      ExecutionHead head = RowCodec.head(row);
      List<Event.Recorded> history = histories.read(key);
      Execution state = Execution.replay(id, definitions, history);
      LiveExecution live =
          new LiveExecution(id, state, startedWith(history), head.getFingerprint().toByteArray());
      live.indexed = state.status();
      cache.put(live);
      cache.wrote(live, Integer.MAX_VALUE);
      return live;
    } catch (StorageFailure e) {
      throw e;
    } catch (RuntimeException e) {
      throw poisoned(id, "read its history", e);
    }
  }

  private static WorkflowReference startedWith(List<Event.Recorded> history) {
    if (history.getFirst().events().getFirst() instanceof Event.ExecutionStarted started) {
      return started.workflow();
    }
    throw new IllegalStateException("a history does not begin with a start");
  }

  /** An execution is forgotten from here on, although its rows are there until the commit. */
  void purging(String id) {
    purging.add(id);
  }

  /** The rows of an execution that was to be forgotten are gone. */
  void purged(String id) {
    purging.remove(id);
  }

  /** Adds the text of a definition that an execution needs, unless it is stored already. */
  void store(Definitions.Deployed definition) {
    String hash = definition.definition().hash();
    if (storedDefinitions.containsKey(hash)) {
      return;
    }
    byte[] key = Keys.definitionText(hash);
    if (get(Table.DEFINITIONS, key) == null) {
      draft.put(Table.DEFINITIONS, key, codec.definitionText(definition.text()));
    }
    definitions.add(definition);
    storedDefinitions.put(hash, hash);
    if (storedDefinitions.size() > limits.cachedDefinitions()) {
      storedDefinitions.pollFirstEntry();
    }
  }

  /** Forgets what follows from decisions that may not have been committed. */
  void clear() {
    storedDefinitions.clear();
    purging.clear();
    draft.begin(0, Instant.EPOCH);
  }

  /** Adds an execution whose start was decided. */
  void add(LiveExecution live) {
    cache.put(live);
    counters.started.increment();
  }

  /**
   * Decides a command. The state and the holdings include the decision afterwards.
   *
   * @throws Poisoned if that fails through a fault of ours
   */
  Decision decide(LiveExecution live, Command command) {
    Touched touched = draft.touch(live);
    int before = touched.written.size();
    Decision decision;
    List<byte[]> messages = List.of();
    try {
      decision = decider.decide(live.state(), command, new Moment(now(), nextRandom()));
      if (decision instanceof Decision.Accepted accepted) {
        EventCodec.events(touched.written, accepted.events());
        messages = encodeMessages(live, accepted.effects());
        requireSize(touched.written.size() - before, messages);
      }
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      touched.written.truncate(before);
      restore(live, touched);
      live.failures++;
      throw poisoned(live.id(), "decide " + command.getClass().getSimpleName(), e);
    }
    switch (decision) {
      case Decision.Rejected rejected -> counters.rejected(rejected.reason());
      case Decision.Accepted accepted ->
          accept(live, touched, accepted, messages, touched.written.size() - before);
    }
    return decision;
  }

  private void accept(
      LiveExecution live,
      Touched touched,
      Decision.Accepted accepted,
      List<byte[]> messages,
      int written) {
    live.failures = 0;
    touched.events.addAll(accepted.events());
    draft.expect(written);
    cache.wrote(live, written);
    counters.decided.increment();
    counters.events.add(accepted.events().size());
    bookkeeper.accepted(live, accepted, messages.iterator());
  }

  private static List<byte[]> encodeMessages(LiveExecution live, List<Effect> effects) {
    List<byte[]> messages = List.of();
    for (Effect effect : effects) {
      if (effect instanceof Effect.Send send) {
        messages = messages.isEmpty() ? new ArrayList<>() : messages;
        messages.add(MessageCodec.encode(live.id(), send.message()));
      }
    }
    return messages;
  }

  private void requireSize(int events, List<byte[]> messages) {
    long size = events;
    for (byte[] message : messages) {
      size += message.length;
    }
    if (size > limits.decisionBytes()) {
      throw new OversizedDecision(size, limits.decisionBytes());
    }
  }

  /**
   * Makes a state again that a failed decision may have changed: from the store, what is in flight,
   * and this turn.
   */
  private void restore(LiveExecution live, Touched touched) {
    if (touched.firstIndex == 0 && touched.events.isEmpty()) {
      return;
    }
    try {
      List<Event.Recorded> history = histories.read(live.key());
      pipeline.addRecorded(live, history);
      if (!touched.events.isEmpty()) {
        Pipeline.addNext(
            history, new Event.Recorded(touched.firstIndex, now(), List.copyOf(touched.events)));
      }
      live.replace(Execution.replay(live.id(), definitions, history));
    } catch (StorageFailure e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.error("Execution {} is set aside: its history can't be replayed.", live.id(), e);
      live.broken = true;
    }
  }

  private Poisoned poisoned(String id, String doing, Throwable cause) {
    counters.poisoned.increment();
    LOG.error("Failed to {} for execution {}; it stays as it was, others go on.", doing, id, cause);
    String reason =
        cause instanceof OversizedDecision
            ? String.valueOf(cause.getMessage())
            : "The engine failed to " + doing + " for execution " + id + ": " + cause;
    if (auditedFailures++ < AUDITED_FAILURES) {
      draft.audit("engine", "decide", id, "failed", reason);
    }
    return new Poisoned(reason);
  }
}
