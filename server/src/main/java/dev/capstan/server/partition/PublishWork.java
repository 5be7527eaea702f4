package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Refusal;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Cloud events on their way to the tasks that listen. Those that listened when it began get them;
 * it may take several batches, and is answered with the last.
 */
final class PublishWork implements Work {
  private final Definitions definitions;
  private final Starting starting;
  private final @Nullable String principal;
  private final long bytes;
  private final Iterator<CloudEvent> events;
  private final int count;
  private final Set<String> takers = new HashSet<>();
  private final CompletableFuture<Integer> future = new CompletableFuture<>();
  private Iterator<PartitionRequests.Start> starts = Collections.emptyIterator();
  private Iterator<RunKey> listeners = Collections.emptyIterator();
  private @Nullable CloudEvent event;

  /**
   * @param principal null for what an execution publishes, which is no change from outside
   */
  PublishWork(
      Definitions definitions,
      Starting starting,
      List<CloudEvent> events,
      @Nullable String principal,
      long bytes) {
    this.definitions = definitions;
    this.starting = starting;
    this.principal = principal;
    this.bytes = bytes;
    this.events = List.copyOf(events).iterator();
    this.count = events.size();
  }

  CompletableFuture<Integer> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    while (true) {
      if (turn.isFull()) {
        return false;
      }
      CloudEvent present = event;
      if (starts.hasNext()) {
        start(turn, starts.next());
      } else if (present != null && listeners.hasNext()) {
        deliver(turn, present, listeners.next());
      } else if (events.hasNext()) {
        present = events.next();
        event = present;
        starts = react(turn, present).iterator();
        listeners = turn.holdings().subscriptions.wanting(present.type()).iterator();
      } else {
        finish(turn);
        return true;
      }
    }
  }

  private void start(Turn turn, PartitionRequests.Start request) {
    String id = starting.tryStart(turn, request);
    if (id != null) {
      takers.add(id);
    }
  }

  /**
   * What definitions make of an event is in the batch of its publication: neither without the
   * other.
   */
  private List<PartitionRequests.Start> react(Turn turn, CloudEvent present) {
    TurnView view = new TurnView(turn, starting);
    try {
      List<PartitionRequests.Start> later = definitions.published(present, view);
      view.requireSize();
      takers.addAll(view.keep());
      turn.draft()
          .answer(
              new Answer() {
                @Override
                public void committed(long index) {
                  view.committed();
                }

                @Override
                public void refused(Refusal reason) {
                  // Whoever publishes hears of it.
                }
              });
      return later;
    } catch (Refusal refusal) {
      turn.draft()
          .audit("engine", "schedule.event", present.identity(), "refused", refusal.getMessage());
      return List.of();
    }
  }

  private void deliver(Turn turn, CloudEvent present, RunKey listener) {
    try {
      LiveExecution live = turn.find(listener.execution());
      if (live != null
          && turn.decide(live, new Command.DeliverCloudEvent(listener.run(), present))
              instanceof Decision.Accepted accepted
          && !accepted.events().isEmpty()) {
        takers.add(live.id());
        turn.counters().cloudEvents.increment();
      }
    } catch (Poisoned alone) {
      // Counted and logged where it was thrown; the other listeners get the event.
    }
  }

  private void finish(Turn turn) {
    if (principal != null) {
      turn.draft().audit(principal, "events.publish", count + " cloud events", "accepted", null);
    }
    turn.draft()
        .answer(
            new Answer() {
              @Override
              public void committed(long index) {
                future.complete(takers.size());
              }

              @Override
              public void refused(Refusal reason) {
                future.completeExceptionally(reason);
              }
            });
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }

  @Override
  public long bytes() {
    return bytes;
  }
}
