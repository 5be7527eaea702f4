package dev.capstan.server.partition;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.dsl.model.TaskList;
import org.jspecify.annotations.Nullable;

/**
 * An execution in memory with what its partition has to know about it. Owned by the partition's
 * thread.
 */
final class LiveExecution {
  private static final int OVERHEAD = 2048;
  private static final int RUN = 256;

  /** What a schema that is ready to check takes beside its document, in bytes for each of JSON. */
  private static final int PREPARED = 15;

  private final String id;
  private final byte[] key;
  private Execution state;

  /** The status that its index rows say; null while it has none. */
  @Nullable Status indexed;

  /** The batch that has its last change; not to be forgotten before that is applied. */
  long lastBatch;

  /** What it has in the batch that is being made. */
  @Nullable Touched touched;

  /** What it was started with; it may have moved since. */
  final WorkflowReference startedWith;

  /** Of the request that started it. */
  final byte[] fingerprint;

  /**
   * Whether its state in memory is not to be used, and can't be made again before its last batch is
   * applied.
   */
  boolean broken;

  /** How often in a row a decision about it failed. */
  int failures;

  private long weight = OVERHEAD;
  private long writtenSinceWeighing;

  LiveExecution(String id, Execution state, WorkflowReference startedWith, byte[] fingerprint) {
    this.id = id;
    this.startedWith = startedWith;
    this.fingerprint = fingerprint;
    this.key = Keys.execution(id);
    this.state = state;
  }

  String id() {
    return id;
  }

  /** What its keys begin with. */
  byte[] key() {
    return key;
  }

  Execution state() {
    return state;
  }

  /** Puts a state in place of one that a failed decision may have damaged. */
  void replace(Execution sound) {
    state = sound;
  }

  RunKey run(long run) {
    return new RunKey(id, run);
  }

  /** Its estimated size in memory. */
  long weight() {
    return weight;
  }

  /**
   * Takes note of bytes added to its history. Weighing goes through all its data, so it is done
   * again only when as much was written as it weighs.
   *
   * @return by how much the estimate has changed
   */
  long wrote(int bytes) {
    writtenSinceWeighing += bytes;
    if (writtenSinceWeighing + OVERHEAD < weight) {
      return 0;
    }
    return weigh();
  }

  private long weigh() {
    long before = weight;
    Weighing data = new Weighing();
    data.add(state.rawInput());
    data.add(state.context());
    for (var run : state.runs()) {
      data.add(run.input());
      data.add(run.data());
    }
    for (TaskList function : state.fetchedFunctions().values()) {
      function.tasks().forEach(task -> data.add(task.header().source()));
    }
    Weighing schemas = new Weighing();
    state.schemas().documents().values().forEach(schemas::add);
    weight =
        OVERHEAD
            + 3 * (data.bytes() + RUN * (long) state.runs().size())
            + PREPARED * schemas.bytes();
    writtenSinceWeighing = 0;
    return weight - before;
  }
}
