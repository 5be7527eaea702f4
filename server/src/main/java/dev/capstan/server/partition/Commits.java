package dev.capstan.server.partition;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Effect;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.NodeBoard.Place;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what had to wait for a commit. What others throw at it is counted and logged, and stops
 * nothing. Owned by the partition's thread.
 */
final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);

  private final PartitionSetup setup;
  private final Counters counters;
  private final ExecutionCache cache;
  private final IdempotencyKeys keys;
  private final Outbox outbox;

  /**
   * Attempts that were committed and never dispatched, as is known for sure: another leader may
   * give an attempt of a batch that was lost the same token, and dispatch it. Any thread.
   */
  private final Set<AttemptToken> undispatched = ConcurrentHashMap.newKeySet();

  Commits(
      PartitionSetup setup,
      Counters counters,
      ExecutionCache cache,
      IdempotencyKeys keys,
      Outbox outbox) {
    this.setup = setup;
    this.counters = counters;
    this.cache = cache;
    this.keys = keys;
    this.outbox = outbox;
  }

  /** The batch is durable and applied. */
  void carryOut(InFlight batch) {
    long index = batch.outcome.resultNow();
    answer(batch.answers, index);
    if (!batch.dispatches.isEmpty()) {
      counters.dispatched.add(batch.dispatches.size());
      guarded(batch.dispatches, setup.nodes()::dispatch);
    }
    for (Effect.CancelAttempt cancel : batch.cancels) {
      guarded(cancel, c -> setup.nodes().cancel(c.token(), c.node()));
    }
    for (Draft.Outgoing message : batch.messages) {
      guarded(message, m -> outbox.deliver(m.number(), m.message()));
    }
    for (InFlight.Committed committed : batch.committed) {
      tell(committed, index);
    }
    keys.applied(batch.sequence());
  }

  private void tell(InFlight.Committed committed, long index) {
    Summary summary = Summaries.at(committed.summary(), index);
    guarded(committed, c -> setup.commits().committed(summary, c.recorded()));
    if (committed.ended()) {
      counters.ended.increment();
      guarded(committed, c -> setup.commits().ended(summary, c.live().state()));
      forget(committed.live());
    }
  }

  /** Hardly anybody asks for an execution that has ended. */
  private void forget(LiveExecution live) {
    if (live.touched == null
        && live.lastBatch <= setup.store().sequence()
        && live.state().status().hasEnded()
        && cache.get(live.id()) == live) {
      cache.remove(live);
    }
  }

  void answer(List<Answer> answers, long index) {
    for (Answer answer : answers) {
      guarded(answer, a -> a.committed(index));
    }
  }

  /**
   * The batches are not carried out here: slots go back, and those who wait get the outcome
   * whenever it is known.
   */
  void drop(List<InFlight> batches) {
    for (InFlight batch : batches) {
      for (Effect.Dispatch dispatch : batch.dispatches) {
        guarded(dispatch, d -> setup.nodes().release(new Place(d.node(), d.token().epoch())));
      }
      List<Answer> waiting = new ArrayList<>(batch.answers);
      var _ =
          batch.outcome.whenComplete((index, failure) -> {
            if (failure == null) {
              batch.dispatches.forEach(dispatch -> undispatched.add(dispatch.token()));
              answer(waiting, index);
            } else {
              Refusal reason = Refusals.of(failure);
              waiting.forEach(answer -> answer.refused(reason));
            }
          });
    }
  }

  /**
   * Attempts that turned out to be committed and were never dispatched: no node will ever report
   * them. Where nobody knows what became of their batch, their nodes say that they do not have
   * them.
   */
  List<Attempts.Attempt> undispatched(Attempts attempts) {
    List<Attempts.Attempt> found =
        attempts.all().stream().filter(attempt -> undispatched.contains(attempt.token())).toList();
    if (found.isEmpty()) {
      undispatched.clear();
    }
    return found;
  }

  private <T> void guarded(T value, Consumer<T> action) {
    try {
      action.accept(value);
    } catch (RuntimeException e) {
      counters.callbackFailures.increment();
      LOG.error("What follows from a commit failed.", e);
    }
  }
}
