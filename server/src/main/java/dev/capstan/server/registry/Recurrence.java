package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.decision.EventMatching;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.Cron;
import dev.capstan.dsl.model.Definition;
import dev.capstan.dsl.model.DslDuration;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.dsl.model.Schedule;
import dev.capstan.dsl.model.Span;
import dev.capstan.server.gateway.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When a schedule fires (specification: Schedule).
 *
 * <ul>
 *   <li>{@code every}: a whole number of intervals after the deployment, whether or not an earlier
 *       execution still runs.
 *   <li>{@code cron}: in the coordinator's zone.
 *   <li>{@code after}: once at the deployment, then that long after an execution of the definition
 *       has ended, however it ended.
 * </ul>
 *
 * Times that passed while no coordinator ran are made up for by one execution, however many they
 * are.
 */
final class Recurrence {
  private final ZoneId zone;
  private final Scope scope;

  Recurrence(ZoneId zone, Scope scope) {
    this.zone = zone;
    this.scope = scope;
  }

  /** The row of a definition that was deployed now; null when it has no schedule. */
  @Nullable ScheduleRow first(Definition definition, Instant now) {
    Schedule schedule = definition.schedule();
    if (schedule == null) {
      return null;
    }
    Span every = schedule.every();
    if (every != null) {
      DslDuration interval = every.evaluate(NullNode.getInstance(), scope);
      return row(definition, ScheduleRow.Kind.EVERY, text(interval), interval.addTo(now));
    }
    Cron cron = schedule.cron();
    if (cron != null) {
      return row(definition, ScheduleRow.Kind.CRON, cron.text(), cron.next(now, zone));
    }
    Span after = schedule.after();
    if (after != null) {
      return row(
          definition,
          ScheduleRow.Kind.AFTER,
          text(after.evaluate(NullNode.getInstance(), scope)),
          now);
    }
    EventStrategy on = schedule.on();
    if (on != null) {
      List<String> types = EventMatching.types(on);
      return row(
          definition,
          ScheduleRow.Kind.ON,
          types.isEmpty() ? "any event" : String.join(", ", types),
          null);
    }
    return null;
  }

  /**
   * When a schedule fires again that was due at {@code due} and fires now; null when something has
   * to happen first.
   */
  @Nullable Instant following(Definition definition, Instant due, Instant now) {
    Schedule schedule = definition.schedule();
    if (schedule == null) {
      return null;
    }
    Span every = schedule.every();
    if (every != null) {
      return nextInterval(every.evaluate(NullNode.getInstance(), scope), due, now);
    }
    Cron cron = schedule.cron();
    return cron == null ? null : cron.next(now.isAfter(due) ? now : due, zone);
  }

  /** When a schedule fires that follows the end of an execution; null when it does not. */
  @Nullable Instant afterEnd(Definition definition, Instant endedAt) {
    Schedule schedule = definition.schedule();
    Span after = schedule == null ? null : schedule.after();
    return after == null ? null : after.evaluate(NullNode.getInstance(), scope).addTo(endedAt);
  }

  /**
   * @throws Refusal if the schedule can't work
   */
  void check(Definition definition) {
    try {
      Schedule schedule = definition.schedule();
      Span every = schedule == null ? null : schedule.every();
      if (every != null
          && every.evaluate(NullNode.getInstance(), scope).from(Instant.EPOCH).isZero()) {
        throw invalid("schedule.every is zero: an interval must be longer");
      }
      first(definition, Instant.EPOCH);
    } catch (ExpressionException e) {
      throw invalid("the schedule can't be evaluated: " + e.getMessage());
    }
  }

  private static Refusal invalid(String sentence) {
    return new Refusal(
        Refusal.Code.INVALID_DEFINITION,
        sentence,
        null,
        null,
        List.of(new Refusal.Detail("CAP-2001", "/schedule", 0, 0, sentence, null)));
  }

  private static Instant nextInterval(DslDuration interval, Instant due, Instant now) {
    Instant next = interval.addTo(due);
    if (next.isAfter(now)) {
      return next;
    }
    if (!interval.period().isZero()) {
      while (!next.isAfter(now)) {
        next = interval.addTo(next);
      }
      return next;
    }
    long missed = Duration.between(due, now).dividedBy(interval.duration());
    return due.plus(interval.duration().multipliedBy(missed + 1));
  }

  private static String text(DslDuration duration) {
    return duration.period().isZero()
        ? duration.duration().toString()
        : duration.period() + " " + duration.duration();
  }

  private static ScheduleRow row(
      Definition definition, ScheduleRow.Kind kind, String expression, @Nullable Instant next) {
    return new ScheduleRow(
        definition.document().namespace(),
        definition.document().name(),
        definition.document().version(),
        definition.hash(),
        kind,
        expression,
        next,
        null,
        0,
        List.of(),
        Gatherings.NONE);
  }
}
