package dev.capstan.server.log;

import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.log.ModelCluster.Entry;
import dev.capstan.server.log.ModelCluster.Waiting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One replica's log in the model; driven by {@link ModelCluster}. */
final class ModelLog implements ReplicatedLog {
  private final ModelCluster cluster;
  private final String node;
  private final LogConsumer consumer;
  private final LogOptions options;
  private final InFlight inFlight;
  private final List<Waiting> waiting = new ArrayList<>();
  private final List<CompletableFuture<Long>> barriers = new ArrayList<>();
  private LogRole role = new LogRole(LogRole.Kind.FOLLOWER, 0, null);
  private long consumed = -1;
  private long applied = -1;
  private long entriesSinceSnapshot;
  private long bytesSinceSnapshot;
  private boolean handsOver;
  private boolean closed;
  private @Nullable StorageFailure failure;

  ModelLog(ModelCluster cluster, String node, LogConsumer consumer, LogOptions options) {
    this.cluster = cluster;
    this.node = node;
    this.consumer = consumer;
    this.options = options;
    inFlight = new InFlight(options.maxInFlight(), options.maxInFlightBytes());
  }

  /**
   * Goes on behind what the consumer has; entries from the snapshot on are gone through again
   * without it.
   */
  void startAt(long index) {
    consumed = index;
    applied = Math.max(cluster.snapshotIndex(), cluster.firstIndex() - 1);
  }

  @Override
  public CompletableFuture<Long> propose(byte[] entry) {
    LogException refusal = refusal();
    if (refusal == null && !role().leads()) {
      refusal = new LogException.NotLeader(otherLeader());
    }
    if (refusal == null && entry.length > options.maxEntryBytes()) {
      refusal = new LogException.TooLarge(entry.length, options.maxEntryBytes());
    }
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    try {
      inFlight.acquire(entry.length);
    } catch (LogException.Full full) {
      return CompletableFuture.failedFuture(full);
    }
    Waiting mine = new Waiting(this, entry.length, new CompletableFuture<>());
    waiting.add(mine);
    cluster.append(this, entry, mine);
    return mine.outcome();
  }

  @Override
  public LogRole role() {
    return handsOver ? new LogRole(LogRole.Kind.CANDIDATE, role.term(), node) : role;
  }

  @Override
  public CompletableFuture<Long> barrier() {
    LogException refusal = refusal();
    if (refusal == null && role.kind() != LogRole.Kind.LEADER) {
      refusal = new LogException.NotLeader(otherLeader());
    }
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    CompletableFuture<Long> barrier = new CompletableFuture<>();
    if (cluster.leads(node)) {
      barrier.complete(applied);
    } else {
      barriers.add(barrier);
    }
    return barrier;
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    LogException refusal = refusal();
    return refusal == null
        ? CompletableFuture.completedFuture(cluster.takeSnapshot(this))
        : CompletableFuture.failedFuture(refusal);
  }

  @Override
  public LogStatus status() {
    return new LogStatus(
        role(),
        cluster.firstIndex(),
        cluster.lastIndex(),
        cluster.lastCommitted(),
        applied,
        cluster.snapshotIndex(),
        inFlight.entries(),
        inFlight.bytes(),
        0,
        List.of());
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      becomes(LogRole.Kind.FOLLOWER, role.term(), null);
      forgetAll("the log was closed");
    }
  }

  void handOver() {
    handsOver = role.leads();
  }

  void goOn() {
    handsOver = false;
  }

  private void becomes(LogRole.Kind kind, long term, @Nullable String leader) {
    handsOver = false;
    role = new LogRole(kind, term, leader);
  }

  /** Whoever stands for election leads no more, also if it led in an earlier term. */
  void elected(long term) {
    boolean led = role.kind() == LogRole.Kind.LEADER;
    becomes(LogRole.Kind.CANDIDATE, term, node);
    if (led) {
      forgetAll("an election of term " + term);
      consumer.becameFollower(term);
    }
  }

  void noticed(long term, @Nullable String leader) {
    boolean leads = node.equals(leader) && role.term() == term;
    if (leads || (role.term() == term && leader != null && leader.equals(role.leader()))) {
      return;
    }
    boolean led = role.kind() == LogRole.Kind.LEADER;
    becomes(LogRole.Kind.FOLLOWER, term, leader);
    if (led) {
      forgetAll("the leader of term " + term + " is " + leader);
      consumer.becameFollower(term);
    }
  }

  void lapse() {
    if (!node.equals(role.leader())) {
      return;
    }
    boolean led = role.kind() == LogRole.Kind.LEADER;
    becomes(LogRole.Kind.FOLLOWER, role.term(), null);
    if (led) {
      forgetAll("no majority answers");
      consumer.becameFollower(role.term());
    }
  }

  void applyNext(Entry entry) {
    byte[] content = entry.content();
    if (content == null) {
      applied = entry.index();
      if (entry.term() == role.term() && role.kind() == LogRole.Kind.CANDIDATE) {
        role = new LogRole(LogRole.Kind.LEADER, role.term(), node);
        consumer.becameLeader(role.term());
      }
      return;
    }
    if (entry.index() > consumed && !consume(entry.index(), content)) {
      return;
    }
    applied = entry.index();
    Waiting proposal = entry.waiting();
    if (proposal != null && proposal.at() == this) {
      settle(proposal, entry.index());
    }
    countForSnapshot(content.length);
  }

  private boolean consume(long index, byte[] content) {
    try {
      consumer.apply(index, ModelCluster.readOnly(content));
      consumed = index;
      return true;
    } catch (RuntimeException e) {
      failure =
          e instanceof StorageFailure known
              ? known
              : new StorageFailure(StorageFailure.Code.APPLY_FAILED, "the consumer threw " + e, e);
      becomes(LogRole.Kind.FOLLOWER, role.term(), null);
      consumer.failed(failure);
      forgetAll("the log has failed");
      return false;
    }
  }

  private void countForSnapshot(int bytes) {
    entriesSinceSnapshot++;
    bytesSinceSnapshot += bytes;
    if (entriesSinceSnapshot >= options.snapshotEntries()
        || bytesSinceSnapshot >= options.snapshotBytes()) {
      entriesSinceSnapshot = 0;
      bytesSinceSnapshot = 0;
      cluster.takeSnapshot(this);
    }
  }

  void install(long index, Path snapshot) {
    if (consumed < index) {
      consumer.install(snapshot);
      consumed = index;
    }
    applied = Math.max(index, cluster.firstIndex() - 1);
  }

  /** Gives a proposal its outcome, once; null: not known. */
  void settle(Waiting proposal, @Nullable Long index) {
    if (!waiting.remove(proposal)) {
      return;
    }
    inFlight.release(proposal.bytes());
    if (index != null) {
      proposal.outcome().complete(index);
    } else {
      proposal.outcome().completeExceptionally(unknown("the leader has changed"));
    }
  }

  private void forgetAll(String why) {
    for (Waiting proposal : List.copyOf(waiting)) {
      waiting.remove(proposal);
      inFlight.release(proposal.bytes());
      proposal.outcome().completeExceptionally(unknown(why));
    }
    barriers.forEach(b -> b.completeExceptionally(new LogException.NotLeader(null)));
    barriers.clear();
  }

  private static LogException unknown(String why) {
    return new LogException.OutcomeUnknown("the entry was appended, then: " + why, null);
  }

  private @Nullable LogException refusal() {
    if (closed) {
      return new LogException.Closed();
    }
    return failure == null ? null : new LogException.Failed(failure);
  }

  private @Nullable String otherLeader() {
    return node.equals(role.leader()) ? null : role.leader();
  }

  String node() {
    return node;
  }

  LogConsumer consumer() {
    return consumer;
  }

  long applied() {
    return applied;
  }

  long term() {
    return role.term();
  }

  boolean isClosed() {
    return closed;
  }

  boolean isRunning() {
    return !closed && failure == null;
  }
}
