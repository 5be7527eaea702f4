package dev.capstan.core.decision;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Fold;
import dev.capstan.core.history.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One decision in the making: what has been recorded, what is to be done outside, and the steps
 * still to take.
 */
final class Turn {
  private final Execution execution;
  private final Moment moment;
  private final List<Event> events = new ArrayList<>();
  private final List<Effect> effects = new ArrayList<>();
  private final Deque<Step> agenda = new ArrayDeque<>();
  private final NavigableMap<Long, Deque<Step>> opening = new TreeMap<>();

  Turn(Execution execution, Moment moment) {
    this.execution = execution;
    this.moment = moment;
  }

  Execution execution() {
    return execution;
  }

  Moment moment() {
    return moment;
  }

  /** Applies an event to the state and keeps it for the history. */
  void record(Event event) {
    Fold.apply(execution, event, moment.now());
    events.add(event);
  }

  void effect(Effect effect) {
    effects.add(effect);
  }

  /** Takes a step after all others, but before something new is opened. */
  void later(Step step) {
    agenda.addLast(step);
  }

  /** Takes a step before all others. */
  void next(Step step) {
    agenda.addFirst(step);
  }

  /**
   * Opens a branch or an iteration of {@code run} once all that is open has come to rest: that is
   * the order in which {@link Resumption} finds it. Older runs go first.
   */
  void open(long run, Step step) {
    opening.computeIfAbsent(run, _ -> new ArrayDeque<>()).addLast(step);
  }

  /** The same, unless something is to be opened there already. */
  void openOnce(long run, Step step) {
    if (!opening.containsKey(run)) {
      open(run, step);
    }
  }

  @Nullable Step poll() {
    Step step = agenda.pollFirst();
    Map.Entry<Long, Deque<Step>> oldest = step == null ? opening.firstEntry() : null;
    if (oldest == null) {
      return step;
    }
    Step opens = oldest.getValue().pollFirst();
    if (oldest.getValue().isEmpty()) {
      opening.remove(oldest.getKey());
    }
    return opens;
  }

  boolean hasSteps() {
    return !agenda.isEmpty() || !opening.isEmpty();
  }

  /** How many events it has recorded. */
  int recorded() {
    return events.size();
  }

  /** Forgets all steps: they follow from the state whenever it may go on. */
  void dropSteps() {
    agenda.clear();
    opening.clear();
  }

  /**
   * A number from 0 (inclusive) to 1 (exclusive) that is fixed by the moment and {@code salt}
   * (SplitMix64).
   */
  double chance(long salt) {
    long z = moment.random() + (salt + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z ^= z >>> 31;
    return (z >>> 11) * 0x1.0p-53;
  }

  Decision.Accepted accepted() {
    return new Decision.Accepted(events, effects);
  }
}
