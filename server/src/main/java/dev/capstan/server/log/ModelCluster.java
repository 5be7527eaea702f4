package dev.capstan.server.log;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A model of one replicated group for simulation: everything a consensus library may do, when the
 * caller says so, and nothing by itself. No threads, no clocks, no chance; the same calls give the
 * same run. Not safe for several threads.
 *
 * <p>The model keeps one committed log and the leader's tail behind it. What Raft allows and a
 * caller can bring about: a tail that survives a change of leader or is lost ({@link #elect}),
 * replicas that apply at different times ({@link #apply}), a deposed leader that does not know it
 * yet and still takes proposals ({@link #elect} then {@link #notice}), one that gives up before it
 * knows ({@link #lapse}), one that hands over and then goes on all the same ({@link #handOver},
 * {@link #goOn}), a replica that is started again with less state than it had ({@link #open}), and
 * one so far behind that it gets a snapshot.
 */
public final class ModelCluster {

  /** What becomes of entries that the old leader had appended and not committed. */
  public enum Tail {
    /** The new leader has them and commits them. */
    KEPT,
    /** The new leader never saw them. */
    LOST
  }

  /** An entry; content null for the one that begins a term. */
  @SuppressWarnings("ArrayRecordComponent") // belongs to the log once proposed
  record Entry(long index, long term, byte @Nullable [] content, @Nullable Waiting waiting) {}

  /** A proposal that waits for its outcome, at the replica that took it. */
  record Waiting(ModelLog at, int bytes, CompletableFuture<Long> outcome) {}

  private final Path directory;
  private final Map<String, ModelLog> replicas = new LinkedHashMap<>();
  private final List<Entry> committed = new ArrayList<>();
  private final List<Entry> tail = new ArrayList<>();
  private long firstIndex;
  private @Nullable ModelSnapshot snapshot;
  private @Nullable String leader;
  private long term;
  private int copies;

  private record ModelSnapshot(long index, Path directory) {}

  /**
   * An empty group.
   *
   * @param directory where snapshots are written
   */
  public ModelCluster(Path directory) {
    this.directory = directory;
  }

  /**
   * Starts or restarts a replica. It knows no leader and applies nothing until it is driven.
   *
   * @param node its name; an earlier replica of this name must be closed
   */
  public ReplicatedLog open(String node, LogConsumer consumer, LogOptions options) {
    ModelLog previous = replicas.get(node);
    if (previous != null && !previous.isClosed()) {
      throw new IllegalStateException(node + " is open");
    }
    ModelLog log = new ModelLog(this, node, consumer, options);
    replicas.put(node, log);
    long consumed = consumer.appliedIndex();
    if (snapshot != null && consumed < snapshot.index()) {
      consumer.install(snapshot.directory());
      consumed = snapshot.index();
    }
    log.startAt(consumed);
    return log;
  }

  /**
   * Makes a replica the leader of a new term. It takes proposals when it has applied all of earlier
   * terms. A leader before it goes on believing in itself until {@link #notice}.
   */
  public void elect(String node, Tail oldTail) {
    ModelLog chosen = replica(node);
    if (oldTail == Tail.KEPT) {
      committed.addAll(tail);
    } else {
      tail.forEach(entry -> lose(entry.waiting()));
    }
    tail.clear();
    term++;
    leader = node;
    committed.add(new Entry(nextIndex(), term, null, null));
    chosen.elected(term);
  }

  /** Lets a replica learn the current term; one that still believed to lead steps down. */
  public void notice(String node) {
    replica(node).noticed(term, leader);
  }

  /**
   * A replica that takes itself for the leader is about to let another one lead: it takes no
   * proposals any more, and what it has taken may still be committed. That ends with {@link #goOn},
   * or when it notices the next leader.
   */
  public void handOver(String node) {
    replica(node).handOver();
  }

  /** Nobody has taken over: a replica goes on to lead in the same term, and is not told so. */
  public void goOn(String node) {
    replica(node).goOn();
  }

  /**
   * No majority has answered a replica for too long: one that takes itself for the leader steps
   * down in its term, and knows of no leader. The group has none then, if it was the one.
   */
  public void lapse(String node) {
    replica(node).lapse();
  }

  /** Commits up to a number of appended entries, oldest first; tells how many. */
  public int commit(int entries) {
    int count = Math.min(entries, tail.size());
    List<Entry> moved = tail.subList(0, count);
    committed.addAll(moved);
    moved.clear();
    return count;
  }

  /** Lets a replica apply up to a number of committed entries; tells how many. */
  public int apply(String node, int entries) {
    ModelLog log = replica(node);
    int count = 0;
    while (count < entries && log.applied() < lastCommitted() && log.isRunning()) {
      if (log.applied() + 1 < firstIndex && snapshot != null) {
        log.install(snapshot.index(), snapshot.directory());
      } else {
        log.applyNext(committed.get((int) (log.applied() + 1 - firstIndex)));
      }
      count++;
    }
    return count;
  }

  /** Commits everything and lets every running replica notice the leader and apply everything. */
  public void settle() {
    boolean moved = true;
    while (moved) {
      moved = commit(Integer.MAX_VALUE) > 0;
      for (ModelLog log : List.copyOf(replicas.values())) {
        if (log.isRunning()) {
          log.noticed(term, leader);
          moved |= apply(log.node(), Integer.MAX_VALUE) > 0;
        }
      }
    }
  }

  /** Index of the last committed entry, -1 for none. */
  public long lastCommitted() {
    return nextCommitted() - 1;
  }

  /** Entries the leader has appended and not committed. */
  public int uncommitted() {
    return tail.size();
  }

  long firstIndex() {
    return firstIndex;
  }

  long snapshotIndex() {
    return snapshot == null ? -1 : snapshot.index();
  }

  long lastIndex() {
    return nextIndex() - 1;
  }

  boolean leads(String node) {
    return node.equals(leader);
  }

  /**
   * Appends to the leader's tail; what a deposed leader takes is lost, and it will learn that when
   * it notices.
   */
  void append(ModelLog at, byte[] entry, Waiting waiting) {
    if (leads(at.node()) && at.term() == term) {
      tail.add(new Entry(nextIndex(), term, entry, waiting));
    }
  }

  long takeSnapshot(ModelLog at) {
    Path copy = directory.resolve("snapshot-" + copies++);
    long index = at.consumer().checkpoint(copy);
    if (index <= snapshotIndex()) {
      return snapshotIndex();
    }
    snapshot = new ModelSnapshot(index, copy);
    // A leader has all entries behind its own snapshot, so it never gets one from another replica.
    ModelLog leading = leader == null ? at : replica(leader);
    long purged = Math.min(index, leading.applied());
    while (!committed.isEmpty() && firstIndex <= purged) {
      committed.removeFirst();
      firstIndex++;
    }
    return index;
  }

  private static void lose(@Nullable Waiting waiting) {
    if (waiting != null) {
      waiting.at().settle(waiting, null);
    }
  }

  private ModelLog replica(String node) {
    ModelLog log = replicas.get(node);
    if (log == null) {
      throw new IllegalArgumentException("no replica " + node + ", only " + replicas.keySet());
    }
    return log;
  }

  private long nextCommitted() {
    return firstIndex + committed.size();
  }

  private long nextIndex() {
    return nextCommitted() + tail.size();
  }

  static ByteBuffer readOnly(byte[] content) {
    return ByteBuffer.wrap(content).asReadOnlyBuffer();
  }
}
