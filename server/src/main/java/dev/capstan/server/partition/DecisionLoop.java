package dev.capstan.server.partition;

import dev.capstan.node.env.Clock;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.log.LogConsumer;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.partition.PartitionStatus.Role;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that owns executions.
 *
 * <p><b>Threads.</b> One thread, the <em>owner</em>, calls {@link #doWork} again and again; there
 * is no thread in here, so a simulation calls it just as {@link PartitionThread} does. Only the
 * owner touches the memory and the draft; neither has a lock. From outside come: requests, through
 * the {@link Inbox}; news from the log (leading, following, failure), through the {@link Replica};
 * and outcomes of proposals, which are futures. Each of these signals the {@link Waker} and leaves
 * the rest to the owner. What other threads may call says so; the rest is the owner's alone.
 *
 * <p><b>A turn.</b> Timers that are due, work from the inbox, then tasks that wait for nodes: each
 * command is decided on the state in memory, which includes the decision at once. All that follows
 * goes into one {@link Draft}, and at the end of the turn into one batch and one proposal. The next
 * turn need not wait for it: decisions run ahead of the disk. When as many batches are in flight as
 * may be, requests gather in the inbox, and the next batch is larger: load makes batches grow, not
 * queues.
 *
 * <p><b>Promises.</b> Nothing leaves before the batch that it follows from is committed and applied
 * here: no answer, no dispatch, no cancellation, no message, no news for listeners. Even a refusal
 * waits for the batches in flight, since it may tell of them; where nothing is in flight, an answer
 * waits until a majority confirms that nobody else leads. In the order of batches, and within one:
 * answers, dispatches, cancellations, messages, listeners.
 *
 * <p><b>Leading.</b> When the log says that this replica leads, the holdings are read from their
 * rows; histories are read when somebody wants an execution. When it leads no more, or a proposal
 * fails, everything in memory is dropped, because it may be ahead of what will ever be committed:
 * requests that were not decided are refused as not ready, those in flight get the outcome of their
 * proposal. After a failed proposal under the same leadership the partition is <em>fenced</em>: it
 * decides nothing until every proposal has an outcome, so that no late batch can slip between new
 * ones.
 *
 * <p><b>Failures.</b> A decision that throws concerns its execution alone ({@link Turn}). Whatever
 * else throws in the loop is a broken invariant or a broken disk: the partition stops for good and
 * says so.
 *
 * <p><b>Invariants.</b> What a batch decided is decided on the state after all batches before it.
 * The cache never forgets an execution that the store does not have yet. Every row that says what
 * an execution holds is in the batch of the events that made it so; the holdings are those rows,
 * ahead by the batches in flight.
 */
final class DecisionLoop {
  private static final Logger LOG = LoggerFactory.getLogger(DecisionLoop.class);
  private static final long PURGE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final PartitionSetup setup;
  private final Clock clock;
  private final PartitionLimits limits;
  private final Counters counters;
  private final Waker waker;
  private final Inbox inbox;
  private final Consumer<Work> own;
  private final Replica replica;
  private final LeaderMemory memory;
  private final Pipeline pipeline;
  private final ExecutionCache cache;
  private final Holdings holdings;
  private final IdempotencyKeys keys;
  private final Turn turn;
  private final Agenda agenda;
  private final Outbox outbox;
  private final Commits commits;
  private final Confirmations confirmations = new Confirmations();
  private final Fence fence;
  private @Nullable ReplicatedLog log;
  private Role role = Role.FOLLOWING;
  private long term;
  private long purgeNanos;
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private boolean stopping;
  private volatile boolean slotsFreed;
  private volatile Gauges gauges = Gauges.NONE;

  /**
   * @param own takes what the loop itself has to do later; for the outbox, from any thread
   * @param self the partition, as its own messages reach it
   */
  DecisionLoop(
      PartitionSetup setup,
      LeaderMemory memory,
      Counters counters,
      Waker waker,
      Inbox inbox,
      Consumer<Work> own,
      Router.Deliveries self) {
    this.setup = setup;
    this.clock = setup.clock();
    this.limits = setup.limits();
    this.counters = counters;
    this.waker = waker;
    this.inbox = inbox;
    this.own = own;
    this.replica = new Replica(setup.store(), counters, waker);
    this.memory = memory;
    this.pipeline = memory.pipeline;
    this.cache = memory.cache;
    this.holdings = memory.holdings;
    this.keys = memory.keys;
    this.turn = new Turn(setup, counters, pipeline, cache, holdings);
    this.agenda =
        new Agenda(inbox, holdings.returning, new Placement(setup.nodes()), pipeline, clock);
    this.outbox = new Outbox(setup.router(), self, counters, own);
    this.commits = new Commits(setup, counters, cache, keys, outbox);
    this.fence = new Fence(setup.store());
  }

  /** What the log drives. Any thread. */
  LogConsumer consumer() {
    return replica;
  }

  /** Hands over the log, before anything else. */
  void attach(ReplicatedLog replicatedLog) {
    log = replicatedLog;
  }

  /**
   * Does what there is to do without waiting for anything.
   *
   * @return whether there was something
   */
  boolean doWork() {
    try {
      boolean worked = hearNotices();
      worked |= completeCommitted();
      worked |= proceed();
      if (worked) {
        publishGauges();
      }
      return worked;
    } catch (RuntimeException | Error e) {
      fail(e);
      return true;
    }
  }

  private boolean proceed() {
    if (role != Role.LEADING) {
      if (stopping) {
        stopped.complete(null);
      }
      return stand();
    }
    if (stopping) {
      return stop();
    }
    return pipeline.size() < limits.batchesInFlight() && takeTurn();
  }

  /** Decides nothing any more; what is in flight gets its outcome. */
  private boolean stop() {
    boolean refused = inbox.refuseAll(Refusals.stopping());
    if (pipeline.size() == 0 && confirmations.isEmpty()) {
      agenda.refuseUnfinished(Refusals.stopping());
      stopped.complete(null);
    }
    return refused;
  }

  /**
   * How long there will be nothing to do unless somebody signals, in nanoseconds; 0 when there is
   * something.
   */
  long idleNanos() {
    if (role != Role.LEADING) {
      return role == Role.FENCED ? Fence.LOOK_NANOS : Long.MAX_VALUE;
    }
    if (stopping || pipeline.size() >= limits.batchesInFlight()) {
      return Long.MAX_VALUE;
    }
    long nowNanos = clock.nanos();
    long untilTimer = holdings.timers.nextMillis() - clock.wallMillis();
    long nanos = TimeUnit.MILLISECONDS.toNanos(Math.max(untilTimer, 0));
    nanos = Math.min(nanos, until(outbox.nextNanos(), nowNanos));
    nanos = Math.min(nanos, until(holdings.queue.nextNanos(), nowNanos));
    return Math.min(nanos, until(purgeNanos, nowNanos));
  }

  private static long until(long thenNanos, long nowNanos) {
    return thenNanos == Long.MAX_VALUE ? Long.MAX_VALUE : Math.max(thenNanos - nowNanos, 0);
  }

  /**
   * Nothing is to be decided after what the loop was told before. The owner, or whoever refuses
   * what has come too late for it.
   */
  void beginStop() {
    stopping = true;
  }

  /** Completes when the loop has stopped and all that was decided has its outcome. Any thread. */
  CompletableFuture<Void> stopped() {
    return stopped.copy();
  }

  /** Slots are free that were not: tasks that wait are looked at in the next turn. Any thread. */
  void slotsFreed() {
    slotsFreed = true;
    waker.signal();
  }

  /** How the loop was doing last. Any thread. */
  Gauges gauges() {
    return gauges;
  }

  private boolean hearNotices() {
    boolean heard = false;
    for (Replica.Notice notice = replica.poll(); notice != null; notice = replica.poll()) {
      heard = true;
      if (role == Role.FAILED) {
        continue;
      }
      switch (notice) {
        case Replica.Notice.Leads leads -> lead(leads.term());
        case Replica.Notice.Follows follows -> follow(follows.term());
        case Replica.Notice.Refused refused ->
            fence("batch " + refused.sequence() + " was refused");
        case Replica.Notice.Failed failed -> fail(failed.cause());
      }
    }
    return heard;
  }

  private boolean completeCommitted() {
    boolean completed = confirmations.carryOut(commits);
    if (!confirmations.isEmpty()) {
      return completed; // What is in flight was decided later.
    }
    for (InFlight first = pipeline.first();
        first != null && first.outcome.isDone();
        first = pipeline.first()) {
      completed = true;
      if (first.outcome.isCompletedExceptionally()) {
        fence(String.valueOf(first.outcome.exceptionNow().getMessage()));
        return true;
      }
      pipeline.removeFirst();
      counters.committed(clock.nanos() - first.proposedNanos);
      commits.carryOut(first);
    }
    return completed;
  }

  private void lead(long newTerm) {
    if (role == Role.LEADING) {
      if (newTerm == term) {
        return; // It had asked the log itself before: what is in flight is of this leadership.
      }
      follow(term);
    }
    fence.clear();
    term = newTerm;
    pipeline.reset();
    long startNanos = clock.nanos();
    holdings.queue.begin(startNanos, pipeline.lastSequence() == 0);
    List<Draft.Outgoing> messages = new Recovery(setup.store(), holdings).run();
    role = Role.LEADING;
    long nowNanos = clock.nanos();
    LOG.info(
        "Leading in term {} from batch {}: {} tasks wait, {} run, {} timers, {} subscriptions, {} messages; read in {} ms.",
        term,
        pipeline.lastSequence(),
        holdings.queue.size(),
        holdings.attempts.size(),
        holdings.timers.size(),
        holdings.subscriptions.size(),
        messages.size(),
        TimeUnit.NANOSECONDS.toMillis(nowNanos - startNanos));
    purgeNanos = nowNanos;
    messages.forEach(message -> outbox.deliver(message.number(), message.message()));
    publishGauges();
    setup.events().leads(term);
    own.accept(
        new SessionLostWork(
            commits::undispatched, "it was not dispatched before the leadership changed", false));
    own.accept(
        new SessionLostWork(
            attempts -> attempts.withoutSession(setup.nodes()), "its node has no session", true));
  }

  private void follow(long oldTerm) {
    if (role == Role.LEADING) {
      LOG.info("Leading no more since term {}.", oldTerm);
      drop(notReady());
      setup.events().leadsNoMore(oldTerm);
    }
    fence.clear();
    role = Role.FOLLOWING;
    publishGauges();
  }

  /** A proposal has failed: what was decided on top of it is void. */
  private void fence(String why) {
    if (role != Role.LEADING) {
      return;
    }
    LOG.warn("Deciding nothing until all proposals have an outcome: {}.", why);
    fence.raise(drop(notReady()));
    role = Role.FENCED;
    setup.events().leadsNoMore(term);
  }

  /** Not leading: requests are refused, and a fence may fall. */
  private boolean stand() {
    boolean worked = inbox.refuseAll(role == Role.FAILED ? Refusals.failed() : notReady());
    if (role != Role.FENCED || !requireLog().role().leads()) {
      return worked;
    }
    // What a notice tells is from before the fence fell.
    if (fence.hasFallen() && !replica.hasNotices()) {
      lead(requireLog().role().term());
      return true;
    }
    if (fence.needsProbe()) {
      CompletableFuture<Long> probe =
          requireLog().propose(fence.probe(clock.wallMillis()).encode());
      fence.probed(probe);
      var _ = probe.whenComplete((_, _) -> waker.signal());
    }
    return worked;
  }

  /** Forgets everything in memory; answers the batches that were in flight. */
  private List<InFlight> drop(Refusal undecided) {
    List<InFlight> batches = pipeline.takeAll();
    commits.drop(batches);
    confirmations.refuse(undecided);
    memory.clear();
    outbox.clear();
    turn.clear();
    agenda.refuseUnfinished(Refusals.unknown());
    inbox.refuseAll(undecided);
    return batches;
  }

  private Refusal notReady() {
    ReplicatedLog present = log;
    return Refusals.notReady(present == null ? null : present.role().leader());
  }

  private void fail(Throwable cause) {
    if (role == Role.FAILED) {
      return;
    }
    LOG.error("The partition stops: {}", cause.getMessage(), cause);
    role = Role.FAILED;
    drop(Refusals.failed());
    publishGauges();
    setup.events().failed(cause);
  }

  private boolean takeTurn() {
    long nowNanos = clock.nanos();
    long nowMillis = clock.wallMillis();
    boolean freed = slotsFreed;
    if (freed) {
      slotsFreed = false;
      holdings.queue.unblock();
    }
    holdings.queue.wake(nowNanos);
    outbox.retry(nowNanos);
    boolean purges = nowNanos - purgeNanos >= 0;
    if (!purges
        && agenda.isEmpty()
        && holdings.timers.due(nowMillis) == null
        && !holdings.queue.hasWork()) {
      return freed;
    }
    turn.begin(pipeline.nextSequence(), nowMillis, nowNanos);
    agenda.decide(turn);
    if (purges) {
      purgeNanos = keys.purge(turn.draft()) ? nowNanos : nowNanos + PURGE_NANOS;
    }
    turn.bookkeeper().storeWaiting();
    close(nowNanos);
    cache.evict(pipeline.applied());
    return true;
  }

  private void close(long nowNanos) {
    boolean empty = turn.draft().isEmpty();
    counters.audits.add(turn.draft().audits());
    InFlight sealed = turn.draft().seal();
    if (!empty) {
      propose(sealed, nowNanos);
      return;
    }
    InFlight last = pipeline.last();
    if (last != null) {
      last.answers.addAll(sealed.answers);
    } else if (!sealed.answers.isEmpty()) {
      confirm(sealed.answers);
    }
  }

  /** Nothing is in flight whose commit would show that nobody else leads. */
  private void confirm(List<Answer> answers) {
    CompletableFuture<Long> barrier = requireLog().barrier();
    confirmations.add(answers, setup.store().appliedIndex(), barrier);
    if (barrier.isDone()) {
      boolean _ = confirmations.carryOut(commits);
    } else {
      var _ = barrier.whenComplete((_, _) -> waker.signal());
    }
  }

  private void propose(InFlight batch, long nowNanos) {
    byte[] entry = batch.batch.encode();
    batch.proposedNanos = nowNanos;
    counters.batches.increment();
    counters.batchBytes.add(entry.length);
    counters.batchChanges.add(batch.batch.changes().size());
    pipeline.add(batch);
    replica.proposing(entry, batch.batch);
    batch.outcome = replica.applied(requireLog().propose(entry));
    if (!batch.outcome.isDone()) {
      var _ = batch.outcome.whenComplete((_, _) -> waker.signal());
    }
  }

  private ReplicatedLog requireLog() {
    return Objects.requireNonNull(log, "the partition has a log");
  }

  private void publishGauges() {
    gauges =
        new Gauges(
            role,
            term,
            pipeline.lastSequence(),
            pipeline.size(),
            cache.size(),
            cache.bytes(),
            holdings.queue.lengths(),
            holdings.attempts.size(),
            holdings.timers.size(),
            holdings.subscriptions.size(),
            holdings.outbox.size());
  }
}
