package dev.capstan.server.lifecycle;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.history.Event;
import dev.capstan.dsl.model.Definition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a tap names into life-cycle events, by reading the histories. Folded executions are
 * kept while they are few; of others the history is read again from its beginning. For one thread,
 * which may wait for the disk.
 */
final class LifecycleFollower {
  private static final int KEPT = 128;
  private static final int PIECE = 200;

  private final LifecycleTap tap;
  private final Predicate<Definition> wanted;
  private final UnaryOperator<JsonNode> hide;
  private final boolean statusChanges;
  private final Map<String, LifecycleProjection> projections =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, LifecycleProjection> eldest) {
          return size() > KEPT;
        }
      };
  private @Nullable Growth current;

  /**
   * @param wanted whose events are told
   * @param hide takes secrets out of values
   * @param statusChanges whether the optional status-changed events are told too
   */
  LifecycleFollower(
      LifecycleTap tap,
      Predicate<Definition> wanted,
      UnaryOperator<JsonNode> hide,
      boolean statusChanges) {
    this.tap = tap;
    this.wanted = wanted;
    this.hide = hide;
    this.statusChanges = statusChanges;
  }

  /**
   * The next events, those of one execution in its order; none if nothing came in time, or nothing
   * that is an event.
   *
   * @throws dev.capstan.server.gateway.Refusal when the tap is closed and everything was told
   */
  List<LifecycleEvent> next(Duration atMost) throws InterruptedException {
    Growth growth = current != null ? current : tap.take(atMost);
    current = null;
    if (growth == null) {
      return List.of();
    }
    LifecycleProjection projection = projection(growth);
    if (projection == null) {
      return List.of();
    }
    List<LifecycleEvent> events = new ArrayList<>();
    boolean more = read(growth, projection, events);
    if (more) {
      current = growth.from(Math.max(growth.from(), projection.nextIndex()));
    } else if (projection.hasEnded()) {
      projections.remove(growth.execution());
    }
    return events;
  }

  /** Whether there is more of it to read. */
  private static boolean read(
      Growth growth, LifecycleProjection projection, List<LifecycleEvent> events) {
    long begun = projection.nextIndex();
    for (Event.Recorded recorded :
        growth.source().history(growth.execution(), projection.nextIndex(), PIECE)) {
      if (recorded.firstIndex() > growth.lastRow()) {
        return false;
      }
      events.addAll(projection.next(recorded, growth.from()));
    }
    return projection.nextIndex() <= growth.lastRow() && projection.nextIndex() > begun;
  }

  private @Nullable LifecycleProjection projection(Growth growth) {
    LifecycleProjection kept = projections.get(growth.execution());
    if (kept != null && kept.nextIndex() <= growth.from()) {
      return kept;
    }
    Definition definition = growth.source().definition(growth.execution());
    if (definition == null || !wanted.test(definition)) {
      return null;
    }
    LifecycleProjection fresh =
        new LifecycleProjection(
            growth.execution(),
            definition.document(),
            growth.source().definitions(),
            hide,
            statusChanges);
    projections.put(growth.execution(), fresh);
    return fresh;
  }
}
