package dev.capstan.server.log;

import dev.capstan.node.env.StorageFailure;
import dev.capstan.server.log.Snapshots.Snapshot;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.SnapshotRetentionPolicy;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives a {@link LogConsumer} from the library's callbacks.
 *
 * <p>Entries arrive on the library's updater thread, role changes on whatever thread notices them,
 * some of which hold the library's lock. The consumer gets all of them one at a time and in order,
 * and nobody waits: events are queued, and whoever holds {@code driving} delivers what has
 * gathered. Entries themselves are delivered by the updater thread while it holds {@code driving},
 * so a role change that comes meanwhile follows the entry.
 */
final class ConsumerStateMachine extends BaseStateMachine {
  private static final Logger LOGGER = LoggerFactory.getLogger(ConsumerStateMachine.class);

  /** Longer than a piece may take, shorter than the time in which a disk fills with snapshots. */
  private static final Duration KEPT_AFTER_SENDING = Duration.ofMinutes(1);

  private final LogConsumer consumer;
  private final Snapshots snapshots;
  private final Listener listener;
  private final AppliedWaits waits = new AppliedWaits();
  private final ReentrantLock driving = new ReentrantLock();
  private final Queue<Runnable> roleChanges = new ArrayDeque<>();
  private final AtomicReference<@Nullable Published> latest = new AtomicReference<>();
  private final AtomicReference<@Nullable Snapshot> prepared = new AtomicReference<>();
  private final StateMachineStorage storage = new SnapshotStorage();

  /** When a piece of each snapshot was sent last, by the snapshot's index. */
  private final Map<Long, Long> sentAt = new ConcurrentHashMap<>();

  /** First index of each term, for the entries since the last snapshot. */
  private final TreeMap<Long, Long> termStarts = new TreeMap<>();

  private volatile long consumed;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<Life> life = new AtomicReference<>(Life.DRIVING);
  private volatile boolean muted;
  private long configurationTerm;

  /**
   * Who ends the library's updater, once and for all. It must not be two: whoever closes the
   * library while its updater throws waits for an updater that waits for an entry that never
   * applies.
   */
  private enum Life {
    DRIVING,
    /** The log is being closed: what throws from here on is left for the next start. */
    CLOSING,
    /** The consumer threw: the updater closes the library by itself. */
    THROWN
  }

  /**
   * A snapshot and what the library knows of it, which is read from the disk once: the library asks
   * for the present one also when it has replaced it by one that it has received.
   */
  private record Published(Snapshot snapshot, SnapshotInfo info) {
    static Published of(Snapshot snapshot) {
      return new Published(snapshot, snapshot.info());
    }
  }

  /** What the log wants to know. */
  interface Listener {
    /** An entry was applied. */
    void applied(long index, int bytes);

    /** The log or the consumer failed; may come several times. */
    void failed(StorageFailure failure);
  }

  ConsumerStateMachine(
      LogConsumer consumer,
      Snapshots snapshots,
      @Nullable Snapshot start,
      long consumed,
      Listener listener) {
    this.consumer = consumer;
    this.snapshots = snapshots;
    this.listener = listener;
    this.consumed = consumed;
    if (start != null) {
      latest.set(Published.of(start));
      setLastAppliedTermIndex(TermIndex.valueOf(start.term(), start.index()));
      termStarts.put(start.index(), start.term());
    }
  }

  /** Index of the last entry the consumer has applied. */
  long consumed() {
    return consumed;
  }

  /** Index that the latest published snapshot contains, -1 for none. */
  long snapshotIndex() {
    Published published = latest.get();
    return published == null ? -1 : published.snapshot().index();
  }

  /**
   * From now on the log's end is wanted: it is neither a change of role nor a failure.
   *
   * @return false if the library is about to close by itself, which {@link #ended} tells
   */
  boolean closing() {
    return life.compareAndSet(Life.DRIVING, Life.CLOSING) || life.get() == Life.CLOSING;
  }

  /** Counted down when the library will apply nothing more. */
  CountDownLatch ended() {
    return ended;
  }

  /** Lets nothing more through to the consumer, and waits for a call that is under way. */
  void mute() {
    driving.lock();
    try {
      muted = true;
    } finally {
      driving.unlock();
    }
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage)
      throws IOException {
    super.initialize(server, group, raftStorage);
    getLifeCycle().startAndTransition(() -> {});
  }

  @Override
  public TransactionContext preAppendTransaction(TransactionContext context) {
    Proposal proposal = proposal(context);
    if (proposal != null) {
      proposal.markAppended();
    }
    return context;
  }

  /** The proposal that an entry came from, null if it came from elsewhere. */
  private static @Nullable Proposal proposal(TransactionContext context) {
    return context.getClientRequest() != null
            && context.getClientRequest().getMessage() instanceof Proposal proposal
        ? proposal
        : null;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext context) {
    LogEntryProto entry = context.getLogEntry();
    if (entry == null) {
      throw new IllegalStateException("a committed transaction without an entry");
    }
    long index = entry.getIndex();
    ByteString data = entry.getStateMachineLogEntry().getLogData();
    rememberTerm(entry.getTerm(), index);
    if (index <= consumed || drive(() -> consumer.apply(index, data.asReadOnlyByteBuffer()))) {
      consumed = Math.max(consumed, index);
      listener.applied(index, data.size());
    } else {
      leave(proposal(context));
    }
    // Also for an entry that was left: the library ends when it has seen all of them.
    updateLastAppliedTermIndex(entry.getTerm(), index);
    waits.reached(index);
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  private static void leave(@Nullable Proposal proposal) {
    if (proposal != null) {
      proposal
          .outcome()
          .completeExceptionally(
              new LogException.OutcomeUnknown("the log closed before the entry was applied", null));
    }
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    rememberTerm(term, index);
    updateLastAppliedTermIndex(term, index);
    waits.reached(index);
  }

  @Override
  public void notifyConfigurationChanged(
      long term, long index, RaftConfigurationProto configuration) {
    configurationTerm = term;
  }

  @Override
  public void notifyLeaderReady() {
    long term = configurationTerm;
    changeRole(() -> consumer.becameLeader(term));
  }

  @Override
  public void notifyNotLeader(Collection<TransactionContext> pending) {
    if (life.get() != Life.CLOSING) {
      changeRole(() -> consumer.becameFollower(currentTerm()));
    }
  }

  private long currentTerm() {
    try {
      return getServer().join().getDivision(getGroupId()).getInfo().getCurrentTerm();
    } catch (IOException e) {
      return configurationTerm;
    }
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    String what = entry == null ? "a log file" : "log entry " + entry.getIndex();
    listener.failed(StorageFailure.of("writing " + what, cause));
  }

  /** Completes with the applied index when it has reached an index. */
  CompletableFuture<Long> whenApplied(long index) {
    return waits.until(index, () -> getLastAppliedTermIndex().getIndex());
  }

  /** Nothing more will be applied. */
  void failWaits(LogException why) {
    waits.fail(why);
  }

  /**
   * Writes a snapshot beside the applying thread; {@link #takeSnapshot} then publishes it.
   *
   * @return its index; that of the latest snapshot if nothing was applied since
   */
  long prepareSnapshot() throws IOException {
    long index = consumer.checkpoint(snapshots.unfinished());
    if (index <= snapshotIndex()) {
      return snapshotIndex();
    }
    prepared.set(snapshots.finish(termOf(index), index));
    return index;
  }

  @Override
  public long takeSnapshot() {
    Snapshot snapshot = prepared.getAndSet(null);
    if (snapshot == null) {
      return RaftLog.INVALID_LOG_INDEX;
    }
    latest.set(Published.of(snapshot));
    synchronized (termStarts) {
      termStarts.headMap(termStarts.floorKey(snapshot.index()), false).clear();
    }
    return snapshot.index();
  }

  /** A piece of a snapshot is sent to a replica, which will want the next one of the same. */
  void sends(long snapshotIndex) {
    sentAt.put(snapshotIndex, System.nanoTime());
  }

  /** The snapshots that a replica is being filled with. */
  private Set<Long> beingSent() {
    long now = System.nanoTime();
    sentAt.values().removeIf(sent -> now - sent > KEPT_AFTER_SENDING.toNanos());
    return Set.copyOf(sentAt.keySet());
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    Published published = latest.get();
    return published == null ? null : published.info();
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  /** The library has replaced the snapshot directory by what the leader sent. */
  @Override
  public void reinitialize() throws IOException {
    Snapshot received =
        snapshots.latest().orElseThrow(() -> new IOException("no snapshot was received"));
    if (!drive(() -> consumer.install(received.directory()))) {
      throw new IOException("the log is being closed");
    }
    latest.set(Published.of(received));
    consumed = received.index();
    rememberTerm(received.term(), received.index());
    setLastAppliedTermIndex(TermIndex.valueOf(received.term(), received.index()));
    waits.reached(received.index());
    getLifeCycle().startAndTransition(() -> {});
  }

  @Override
  public void close() {
    ended.countDown();
    if (life.get() == Life.DRIVING) {
      listener.failed(
          new StorageFailure(
              StorageFailure.Code.LOG_STOPPED, "the log stopped without being asked to", null));
    }
  }

  private void rememberTerm(long term, long index) {
    synchronized (termStarts) {
      if (termStarts.isEmpty() || termStarts.lastEntry().getValue() != term) {
        termStarts.put(index, term);
      }
    }
  }

  private long termOf(long index) {
    synchronized (termStarts) {
      return termStarts.floorEntry(index).getValue();
    }
  }

  /**
   * Runs a call into the consumer; a throw fails the log and stops the updater.
   *
   * @return false if the call failed, or was not made, because the log is being closed; nothing
   *     later may reach the consumer then
   */
  private boolean drive(Runnable call) {
    driving.lock();
    try {
      if (muted) {
        return false;
      }
      call.run();
    } catch (RuntimeException | Error e) {
      if (!life.compareAndSet(Life.DRIVING, Life.THROWN)) {
        muted = true;
        LOGGER.warn("An entry was not applied while the log closed; the next start does it", e);
        return false;
      }
      listener.failed(failureOf(e));
      throw e;
    } finally {
      driving.unlock();
    }
    deliverRoleChanges();
    return true;
  }

  private static StorageFailure failureOf(Throwable e) {
    return e instanceof StorageFailure known
        ? known
        : new StorageFailure(StorageFailure.Code.APPLY_FAILED, "the consumer threw " + e, e);
  }

  private void changeRole(Runnable change) {
    synchronized (roleChanges) {
      roleChanges.add(change);
    }
    deliverRoleChanges();
  }

  /**
   * Delivers what is queued unless another thread is at it, which then delivers it after its own
   * call.
   */
  private void deliverRoleChanges() {
    while (hasRoleChanges() && driving.tryLock()) {
      try {
        Runnable next;
        while ((next = nextRoleChange()) != null) {
          if (!muted) {
            next.run();
          }
        }
      } catch (RuntimeException e) {
        LOGGER.error("A role change failed", e);
        listener.failed(failureOf(e));
      } finally {
        driving.unlock();
      }
    }
  }

  private boolean hasRoleChanges() {
    synchronized (roleChanges) {
      return !roleChanges.isEmpty();
    }
  }

  private @Nullable Runnable nextRoleChange() {
    synchronized (roleChanges) {
      return roleChanges.poll();
    }
  }

  /**
   * Where the library finds snapshots; the directory is the library's own for the state machine.
   */
  private final class SnapshotStorage implements StateMachineStorage {
    @Override
    public void init(RaftStorage raftStorage) {}

    @Override
    public @Nullable SnapshotInfo getLatestSnapshot() {
      return ConsumerStateMachine.this.getLatestSnapshot();
    }

    @Override
    public void format() {}

    @Override
    public void cleanupOldSnapshots(SnapshotRetentionPolicy policy) throws IOException {
      Published published = latest.get();
      if (published != null) {
        snapshots.keepOnly(published.snapshot(), beingSent());
      }
    }
  }
}
