package dev.capstan.server.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.gateway.Gateway.LifecycleFilter;
import dev.capstan.server.gateway.Gateway.LifecycleStream;
import dev.capstan.server.gateway.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Where what is committed meets those who follow it. A coordinator has one, for all its partitions:
 * it hears of what its replicas apply, whoever leads. Nothing in the way of a commit waits for a
 * follower: it only takes note of whose history has grown.
 */
public final class LifecycleHub {
  private static final int STREAMS = 64;
  private static final int WAITING_FOR_A_STREAM = 10_000;

  private final UnaryOperator<JsonNode> hide;
  private final List<GrowthListener> listeners = new CopyOnWriteArrayList<>();
  private final List<LifecycleTap> streams = new CopyOnWriteArrayList<>();
  private final int waitingForAStream;
  private boolean closed;

  /** Who hears of growth, on the thread that applies; must never wait. */
  @FunctionalInterface
  interface GrowthListener {
    void grown(Growth growth);
  }

  /**
   * @param hide takes secrets out of values
   */
  public LifecycleHub(UnaryOperator<JsonNode> hide) {
    this(hide, WAITING_FOR_A_STREAM);
  }

  LifecycleHub(UnaryOperator<JsonNode> hide, int waitingForAStream) {
    this.hide = hide;
    this.waitingForAStream = waitingForAStream;
  }

  UnaryOperator<JsonNode> hide() {
    return hide;
  }

  void add(GrowthListener listener) {
    listeners.add(listener);
  }

  void remove(GrowthListener listener) {
    listeners.remove(listener);
  }

  /** Whether anybody follows. */
  public boolean isFollowed() {
    return !listeners.isEmpty();
  }

  /** A row of a history was applied, on the thread that applies. Never waits. */
  public void grown(HistorySource source, String execution, long firstIndex) {
    Growth growth = new Growth(source, execution, firstIndex, firstIndex);
    for (GrowthListener listener : listeners) {
      listener.grown(growth);
    }
  }

  /**
   * Follows what is committed from now on.
   *
   * @throws Refusal if too many do
   */
  public LifecycleStream follow(LifecycleFilter filter) {
    LifecycleTap tap = new LifecycleTap(waitingForAStream, (_, _) -> false);
    GrowthListener listener = tap::add;
    synchronized (this) {
      if (closed || streams.size() >= STREAMS) {
        throw new Refusal(
            closed ? Refusal.Code.NOT_READY : Refusal.Code.BUSY,
            closed
                ? "The coordinator stops"
                : "Too many follow the life-cycle events of this coordinator (" + STREAMS + ")",
            "Ask another coordinator, or later",
            Duration.ofSeconds(5),
            List.of());
      }
      streams.add(tap);
      listeners.add(listener);
    }
    LifecycleFollower follower =
        new LifecycleFollower(tap, wanted(filter), hide, filter.statusChanges());
    return new LifecycleStream() {
      @Override
      public List<JsonNode> next(Duration atMost) throws InterruptedException {
        return follower.next(atMost).stream().<JsonNode>map(LifecycleEvent::toJson).toList();
      }

      @Override
      public void close() {
        listeners.remove(listener);
        streams.remove(tap);
      }
    };
  }

  private static Predicate<Definition> wanted(LifecycleFilter filter) {
    return definition ->
        (filter.namespace() == null || filter.namespace().equals(definition.document().namespace()))
            && (filter.name() == null || filter.name().equals(definition.document().name()));
  }

  /** How many streams there are. */
  int streams() {
    return streams.size();
  }

  /** Ends all streams. */
  public void close() {
    synchronized (this) {
      closed = true;
    }
    Refusal reason =
        new Refusal(
            Refusal.Code.NOT_READY,
            "The coordinator stops",
            "Follow another one",
            Duration.ofMillis(200),
            List.of());
    streams.forEach(tap -> tap.close(reason));
  }
}
