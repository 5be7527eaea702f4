package dev.capstan.core.execution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.HumanTask;
import dev.capstan.core.history.WorkflowError;
import dev.capstan.dsl.model.FlowDirective;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** How far a run of a task has come, beyond what all tasks have. Only {@link Fold} changes it. */
public sealed interface Progress {

  /** Nothing to remember: the task ends where it starts, or its parent's data says it all. */
  record Plain() implements Progress {}

  /** A loop: its items, and the iteration that it is in. */
  final class Loop implements Progress {
    private final JsonNode items;
    int iteration;

    Loop(JsonNode items) {
      this.items = items;
    }

    /** What it goes through; an array. */
    public JsonNode items() {
      return items;
    }

    /** From 0. */
    public int iteration() {
      return iteration;
    }

    /** The present item. */
    public JsonNode item() {
      JsonNode item = items.get(iteration);
      return item == null ? NullNode.getInstance() : item;
    }
  }

  /**
   * A loop whose iterations run at the same time: its items, which of its iterations have begun,
   * and the outputs of those that have ended.
   */
  final class Parallel implements Progress {
    private final JsonNode items;
    private final @Nullable JsonNode[] outputs;
    private final BitSet begun = new BitSet();
    private int open;
    private int done;

    Parallel(JsonNode items) {
      this.items = items;
      this.outputs = new JsonNode[items.size()];
    }

    void begin(int iteration) {
      begun.set(iteration);
      open++;
    }

    void end(int iteration, JsonNode output) {
      outputs[iteration] = output;
      open--;
      done++;
    }

    /** It was cancelled, and is to begin anew if the loop goes on. */
    void forget(int iteration) {
      begun.clear(iteration);
      open--;
    }

    /** What it goes through; an array. */
    public JsonNode items() {
      return items;
    }

    /** How many iterations there are. */
    public int count() {
      return outputs.length;
    }

    /** How many iterations run. */
    public int open() {
      return open;
    }

    /** How many iterations have ended. */
    public int done() {
      return done;
    }

    /** The first iteration that has not begun; {@link #count} when all have. */
    public int next() {
      return begun.nextClearBit(0);
    }

    /** The output of an iteration; null while it has none. */
    public @Nullable JsonNode output(int iteration) {
      return outputs[iteration];
    }
  }

  /** A fork: the outputs of its branches, in the order of declaration. */
  final class Branches implements Progress {
    final @Nullable JsonNode[] outputs;
    final BitSet skipped = new BitSet();
    int done;

    Branches(int count) {
      outputs = new JsonNode[count];
    }

    /** How many branches have ended. */
    public int done() {
      return done;
    }

    /** How many branches there are. */
    public int count() {
      return outputs.length;
    }

    /** The output of a branch; null while it has none. */
    public @Nullable JsonNode output(int branch) {
      return outputs[branch];
    }

    /** Whether the condition of a branch did not hold, so that it takes no part in a race. */
    public boolean isSkipped(int branch) {
      return skipped.get(branch);
    }
  }

  /** A {@code try}: whether it is in its handler, and how often its body was retried. */
  final class Attempts implements Progress {
    int retries;
    Instant firstStartedAt;
    Instant lastStartedAt;
    @Nullable Instant retryAt;
    @Nullable WorkflowError caught;
    final Map<String, Integer> visits = new TreeMap<>();

    /** How often tasks inside were undone, by where they stood. */
    final Map<String, Integer> undone = new TreeMap<>();

    Attempts(Instant startedAt) {
      firstStartedAt = startedAt;
      lastStartedAt = startedAt;
    }

    /** Retries so far. */
    public int retries() {
      return retries;
    }

    /** When the body ran for the first time. */
    public Instant firstStartedAt() {
      return firstStartedAt;
    }

    /** When the body last began. */
    public Instant lastStartedAt() {
      return lastStartedAt;
    }

    /** When the body runs again; null while it is not waiting for that. */
    public @Nullable Instant retryAt() {
      return retryAt;
    }

    /** The error that the handler works on; null while the body runs. */
    public @Nullable WorkflowError caught() {
      return caught;
    }
  }

  /**
   * A task with extensions around it: the stage that it is in, and what counts as its output so
   * far.
   */
  final class Extending implements Progress {
    int stage = -1;
    @Nullable JsonNode result;
    @Nullable FlowDirective next;

    /** Of its lists of tasks, from 0; -1 before the first task. */
    public int stage() {
      return stage;
    }

    /**
     * The raw output: the task's own, or what an extension put in its place. Null before there is
     * one.
     */
    public @Nullable JsonNode result() {
      return result;
    }

    /** Where the task itself said to go on; null as its definition says. */
    public @Nullable FlowDirective next() {
      return next;
    }
  }

  /** A wait: its end. */
  record Waiting(Instant until) implements Progress {}

  /** A child execution: its id. */
  record Child(String execution) implements Progress {}

  /** A subscription: what it consumed and handled, over all its attempts. */
  final class Consuming implements Progress {
    private final Instant since;
    final List<JsonNode> consumed = new ArrayList<>();
    final List<JsonNode> handled = new ArrayList<>();
    long lastNumber;

    Consuming(Instant since) {
      this.since = since;
    }

    /** When a node first had it. */
    public Instant since() {
      return since;
    }

    /** The messages that it took, in order. */
    public List<JsonNode> consumed() {
      return Collections.unmodifiableList(consumed);
    }

    /** Outputs of the handler, one each message. */
    public List<JsonNode> handled() {
      return Collections.unmodifiableList(handled);
    }

    /** The number that the last one of {@link #consumed} has in the present attempt; 0 for none. */
    public long lastNumber() {
      return lastNumber;
    }
  }

  /** A listener: what it consumed, what it handled, and the correlation values that are fixed. */
  final class Listening implements Progress {
    final List<CloudEvent> consumed = new ArrayList<>();
    final List<Integer> filters = new ArrayList<>();
    final List<Integer> terminalFilters = new ArrayList<>();
    final Set<String> identities = new TreeSet<>();
    final Map<String, JsonNode> keys = new TreeMap<>();
    final List<JsonNode> handled = new ArrayList<>();
    @Nullable HumanTask human;

    /** What a person is asked to decide; null when none is. */
    public @Nullable HumanTask human() {
      return human;
    }

    /** The events that count, in the order of arrival. */
    public List<CloudEvent> consumed() {
      return Collections.unmodifiableList(consumed);
    }

    /** Which filter took each of {@link #consumed}. */
    public List<Integer> filters() {
      return Collections.unmodifiableList(filters);
    }

    /** Filters of the ending strategy that were met. */
    public List<Integer> terminalFilters() {
      return Collections.unmodifiableList(terminalFilters);
    }

    /** Whether it has taken the event already, of which this is another delivery. */
    public boolean hasTaken(CloudEvent event) {
      return identities.contains(event.identity());
    }

    /** Correlation values by key. */
    public Map<String, JsonNode> keys() {
      return Collections.unmodifiableMap(keys);
    }

    /** Outputs of the handler, one each event. */
    public List<JsonNode> handled() {
      return Collections.unmodifiableList(handled);
    }
  }
}
