package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Message;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.placement.Claim;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.log.LogConsumer;
import dev.capstan.server.log.ReplicatedLog;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A partition as others see it: makes work of what it is asked, for the {@link DecisionLoop} that
 * owns its executions.
 *
 * <p><b>Threads.</b> Requests come from any thread; they are checked there, and answered by the
 * loop's. One thread, the <em>owner</em>, runs the loop with {@link #doWork}. What the owner has in
 * memory is only handed to work here, which the owner does; but any thread may ask the queue of
 * tasks what a limit holds back.
 */
public final class Partition implements PartitionRequests, Router.Deliveries {
  private final PartitionSetup setup;
  private final PartitionLimits limits;
  private final Counters counters = new Counters();
  private final Waker waker = new Waker();
  private final Inbox inbox;
  private final LeaderMemory memory;
  private final Starting starting;
  private final DecisionLoop loop;
  private volatile boolean over;

  /** A partition that does nothing until it has a log and somebody calls {@link #doWork}. */
  public Partition(PartitionSetup setup) {
    this.setup = setup;
    this.limits = setup.limits();
    this.inbox = new Inbox(limits.inboxRequests(), limits.inboxBytes());
    this.memory = new LeaderMemory(setup);
    this.starting = new Starting(memory.keys, setup.deployed());
    this.loop = new DecisionLoop(setup, memory, counters, waker, inbox, this::add, this);
  }

  /** What the log drives. */
  public LogConsumer consumer() {
    return loop.consumer();
  }

  /** Hands over the log, before anything is asked of the partition. */
  public void attach(ReplicatedLog replicatedLog) {
    loop.attach(replicatedLog);
  }

  /**
   * Does what there is to do without waiting for anything. The owner's alone.
   *
   * @return whether there was something
   */
  public boolean doWork() {
    return loop.doWork();
  }

  /**
   * How long there will be nothing to do unless somebody signals, in nanoseconds; 0 when there is
   * something. The owner's alone.
   */
  long idleNanos() {
    return loop.idleNanos();
  }

  Waker waker() {
    return waker;
  }

  @Override
  public CompletableFuture<Started> start(Start request) {
    Refusal refusal = Admission.refusal(request, limits);
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    StartWork work = new StartWork(starting, request, Admission.size(request, limits));
    return offer(work, work.future());
  }

  @Override
  public CompletableFuture<Summary> command(
      String execution, Command command, String principal, String operation) {
    CommandWork work = new CommandWork(execution, command, principal, operation, null);
    return offer(work, work.future());
  }

  @Override
  public CompletableFuture<Summary> migrate(Move move) {
    CommandWork work = move.work();
    return offer(work, work.future());
  }

  @Override
  public void report(Command report, String execution) {
    add(new ReportWork(execution, report));
  }

  @Override
  public CompletableFuture<Integer> publish(List<CloudEvent> events, String principal) {
    Refusal refusal = Admission.refusal(events, limits);
    if (refusal != null) {
      return CompletableFuture.failedFuture(refusal);
    }
    PublishWork work =
        new PublishWork(
            setup.deployed(), starting, events, principal, Admission.size(events, limits));
    return offer(work, work.future());
  }

  @Override
  public CompletableFuture<Said.Heard> say(Said said) {
    SaidWork work = new SaidWork(said, Admission.size(said, limits));
    return offer(work, work.future());
  }

  @Override
  public <T> CompletableFuture<T> transact(Transaction<T> transaction) {
    TransactionWork<T> work = new TransactionWork<>(starting, transaction);
    return offer(work, work.future());
  }

  @Override
  public void slotsFreed() {
    loop.slotsFreed();
  }

  @Override
  public <J extends Joining> CompletableFuture<Begun<J>> sessionBegins(
      String node, Set<AttemptToken> held, Transaction<J> join) {
    SessionBeginWork<J> work = new SessionBeginWork<>(starting, node, held, join);
    add(work);
    return work.future();
  }

  @Override
  public CompletableFuture<Long> sessionEnds(
      String node, String reason, BooleanSupplier forGood, Transaction<Long> departure) {
    SessionEndWork work = new SessionEndWork(starting, node, reason, forGood, departure);
    add(work);
    return work.future();
  }

  @Override
  public CompletableFuture<Void> deliver(Message message) {
    if (message instanceof Message.Publish publish) {
      return take(publish.event()).thenApply(_ -> null);
    }
    DeliveryWork work = new DeliveryWork(setup.deployed(), starting, message);
    add(work);
    return work.future();
  }

  /**
   * Takes a cloud event that another partition has, once more if it had it already. Any thread.
   *
   * @return completes with the number of executions that took it, when that is durable
   */
  public CompletableFuture<Integer> take(CloudEvent event) {
    PublishWork work = new PublishWork(setup.deployed(), starting, List.of(event), null, 0);
    add(work);
    return work.future();
  }

  /**
   * Decides what was asked before, and nothing after that: later requests are refused. For a
   * regular stop, before the log is closed. Any thread.
   *
   * @return completes when everything that was decided has its outcome
   */
  public CompletableFuture<Void> quiesce() {
    inbox.addBehind(new StopWork(loop::beginStop));
    waker.signal();
    return loop.stopped();
  }

  /** Its owner does no work any more: what has come too late is refused, and all that comes. */
  void end() {
    over = true;
    refuseTheLate();
  }

  /** Any thread: the owner, who took from the inbox alone, is gone. */
  private void refuseTheLate() {
    if (over) {
      boolean _ = inbox.refuseAll(Refusals.stopping());
    }
  }

  /**
   * Proves that everything has an owner (see {@link OwnershipCheck}); completes with the
   * violations, empty if there is none. Any thread.
   *
   * @param rows whether to compare what is in memory with all its rows too, which takes as long as
   *     beginning to lead
   */
  public CompletableFuture<List<String>> check(boolean rows) {
    OwnershipWork work =
        new OwnershipWork(setup.store(), memory.cache, memory.pipeline, rows, setup.router()::owns);
    add(work);
    return work.future();
  }

  /**
   * Forgets those of some executions that ended before an instant, with their histories; completes
   * with how many when that is durable. To be called with few at a time. Any thread.
   */
  public CompletableFuture<Integer> purge(List<String> executions, Instant endedBefore) {
    PurgeWork work = new PurgeWork(setup.store(), memory.cache, executions, endedBefore);
    add(work);
    return work.future();
  }

  /** Checks some executions, a short time a turn; see {@link OwnershipPiece}. Any thread. */
  public CompletableFuture<OwnershipFindings> check(List<OwnershipSample> samples) {
    OwnershipPiece piece =
        new OwnershipPiece(
            setup.store(), memory.cache, setup.clock()::nanos, samples, setup.router()::owns);
    add(piece);
    return piece.future();
  }

  @Override
  public @Nullable String heldBack(JsonNode metadata) {
    return memory.holdings.queue.heldBack(Claim.of(metadata));
  }

  /** How the partition is doing. Any thread. */
  public PartitionStatus status() {
    return StatusReport.of(loop.gauges(), counters, inbox.size());
  }

  private <T> CompletableFuture<T> offer(Work work, CompletableFuture<T> future) {
    if (inbox.offer(work)) {
      waker.signal();
      refuseTheLate();
    } else {
      counters.inboxRefused.increment();
      work.refuse(inbox.full());
    }
    return future;
  }

  private void add(Work work) {
    inbox.add(work);
    waker.signal();
    refuseTheLate();
  }
}
