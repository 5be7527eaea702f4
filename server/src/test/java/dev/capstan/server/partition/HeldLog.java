package dev.capstan.server.partition;

import dev.capstan.server.log.LogConsumer;
import dev.capstan.server.log.LogException;
import dev.capstan.server.log.LogRole;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.ReplicatedLog;
import dev.capstan.server.store.Batch;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A log of one replica that commits when it is told to, and loses what it is told to lose. */
final class HeldLog implements ReplicatedLog {
  private final LogConsumer consumer;
  private final Deque<Proposal> held = new ArrayDeque<>();
  private final List<Batch> proposed = new ArrayList<>();
  private final Deque<CompletableFuture<Long>> barriers = new ArrayDeque<>();
  private boolean holds;
  private boolean holdsBarriers;
  private boolean refuses;
  private long index;
  private LogRole role = new LogRole(LogRole.Kind.FOLLOWER, 0, null);

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Proposal(byte[] entry, CompletableFuture<Long> outcome) {}

  HeldLog(LogConsumer consumer) {
    this.consumer = consumer;
    this.index = consumer.appliedIndex();
  }

  @Override
  public CompletableFuture<Long> propose(byte[] entry) {
    if (refuses || !role.leads()) {
      return CompletableFuture.failedFuture(new LogException.NotLeader("another"));
    }
    Proposal proposal = new Proposal(entry, new CompletableFuture<>());
    held.add(proposal);
    proposed.add(Batch.decode(ByteBuffer.wrap(entry)));
    if (!holds) {
      commitAll();
    }
    return proposal.outcome();
  }

  /** Commits nothing until told to. */
  void hold() {
    holds = true;
  }

  /** Commits what is held, and everything from now on. */
  void flow() {
    holds = false;
    commitAll();
  }

  /** Refuses proposals as if another replica led. */
  void refuse(boolean refuse) {
    refuses = refuse;
  }

  /** All batches that were proposed since it was asked last. */
  List<Batch> takeProposed() {
    List<Batch> taken = List.copyOf(proposed);
    proposed.clear();
    return taken;
  }

  int heldProposals() {
    return held.size();
  }

  /** Commits the oldest proposal that is held. */
  void commitOne() {
    Proposal proposal = held.remove();
    consumer.apply(++index, ByteBuffer.wrap(proposal.entry()).asReadOnlyBuffer());
    proposal.outcome().complete(index);
  }

  void commitAll() {
    while (!held.isEmpty()) {
      commitOne();
    }
  }

  /** Commits the oldest proposal, and lets its proposer know nothing. */
  void commitOneUnknown() {
    Proposal proposal = held.remove();
    consumer.apply(++index, ByteBuffer.wrap(proposal.entry()).asReadOnlyBuffer());
    proposal
        .outcome()
        .completeExceptionally(new LogException.OutcomeUnknown("the leader has changed", null));
  }

  /** Loses the oldest proposal; nobody can know. */
  void loseOne() {
    held.remove()
        .outcome()
        .completeExceptionally(new LogException.OutcomeUnknown("the leader has changed", null));
  }

  /** Says that nobody knows of the oldest proposal, and may still commit it. */
  void forgetOne() {
    held.element()
        .outcome()
        .completeExceptionally(new LogException.OutcomeUnknown("nobody said", null));
  }

  /** Fails the oldest proposal for sure. */
  void failOne() {
    held.remove().outcome().completeExceptionally(new LogException.NotLeader("another"));
  }

  void lead(long term) {
    leadSilently(term);
    announce();
  }

  /** Leads, and has not said so yet. */
  void leadSilently(long term) {
    role = new LogRole(LogRole.Kind.LEADER, term, "here");
  }

  /** Leads no more, and does not say so. */
  void followSilently() {
    role = new LogRole(LogRole.Kind.FOLLOWER, role.term(), "there");
  }

  /** Says that it leads. */
  void announce() {
    consumer.becameLeader(role.term());
  }

  void follow() {
    long term = role.term();
    role = new LogRole(LogRole.Kind.FOLLOWER, term, "there");
    consumer.becameFollower(term);
  }

  @Override
  public LogRole role() {
    return role;
  }

  /** Confirms nothing until told to. */
  void holdBarriers() {
    holdsBarriers = true;
  }

  /** Confirms what it was asked for. */
  void passBarriers() {
    barriers.forEach(barrier -> barrier.complete(index));
    barriers.clear();
  }

  /** It turns out that another replica leads. */
  void failBarriers() {
    barriers.forEach(
        barrier -> barrier.completeExceptionally(new LogException.NotLeader("another")));
    barriers.clear();
  }

  @Override
  public CompletableFuture<Long> barrier() {
    CompletableFuture<Long> barrier = new CompletableFuture<>();
    barriers.add(barrier);
    if (!holdsBarriers) {
      passBarriers();
    }
    return barrier;
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    return CompletableFuture.completedFuture(index);
  }

  @Override
  public LogStatus status() {
    return new LogStatus(role, 0, index, index, index, -1, held.size(), 0, 0, List.of());
  }

  @Override
  public void close() {
    held.clear();
  }
}
