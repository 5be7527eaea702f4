package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executions that are started by all events that come until something happens (specification:
 * Schedule, {@code on.any} with {@code until}). An event, the end of a gathering and the execution
 * that follows from it are in the batch which publishes the event. Used by the partition's thread.
 */
final class GatheringSchedules {
  private static final Logger LOG = LoggerFactory.getLogger(GatheringSchedules.class);

  private final Scope scope;
  private final long mostBytes;

  /**
   * @param mostBytes what the events that a schedule gathers may have together, as JSON: they are
   *     the input of one execution
   */
  GatheringSchedules(Scope scope, long mostBytes) {
    this.scope = scope;
    this.mostBytes = mostBytes;
  }

  /**
   * The row after an event, with what it starts; null if the schedule doesn't take the event, or
   * has done so before.
   */
  @Nullable ScheduleRow published(
      ScheduleRow row,
      Definitions.Deployed deployed,
      EventStrategy.Any any,
      CloudEvent event,
      Offer offer,
      TransactionView view) {
    ByteString name = GatheredEvents.name(event);
    GatheredEvents stored = new GatheredEvents(row.key(), view);
    if (row.gatherings().holds(name) || stored.wasGathered(name)) {
      return null;
    }
    Gatherings.Taken taken = row.gatherings().take(name, offer);
    if (taken == null) {
      return null;
    }
    long bytes = row.gatherings().bytes() + (taken.isPart() ? stored.add(name, event) : 0);
    Gatherings gatherings = new Gatherings(taken.open(), bytes);
    if (taken.isPart()) {
      // Before an execution gets them all.
      gatherings = bounded(row, gatherings, stored);
    }
    ScheduleRow after = row;
    List<EventGathering> open = new ArrayList<>();
    bytes = gatherings.bytes();
    for (EventGathering gathering : gatherings.open()) {
      JsonNode input =
          gathering.holds(name) ? inputIfEnded(gathering, any, deployed, stored, row) : null;
      if (input == null) {
        open.add(gathering);
      } else if (after.fired() > row.fired()) {
        // One execution in a batch: a batch has a size, and what an execution does is not known.
        open.add(gathering.ended());
      } else {
        after = started(after, gathering, deployed, input, stored, view);
        bytes -= removed(gathering, stored);
      }
    }
    Gatherings left = new Gatherings(open, bytes);
    return planned(after, taken.isPart() ? left : bounded(row, left, stored), view);
  }

  /** Starts the execution of the first gathering that waits for that; the row after it. */
  ScheduleRow due(ScheduleRow row, Definitions.Deployed deployed, TransactionView view) {
    GatheredEvents stored = new GatheredEvents(row.key(), view);
    List<EventGathering> open = new ArrayList<>(row.gatherings().open());
    EventGathering first =
        open.stream().filter(EventGathering::due).findFirst().orElse(EventGathering.EMPTY);
    if (!first.due()) {
      return row.unplanned();
    }
    open.remove(first);
    ScheduleRow after = started(row, first, deployed, input(first, deployed, stored), stored, view);
    long bytes = row.gatherings().bytes() - removed(first, stored);
    return planned(after, new Gatherings(open, bytes), view);
  }

  /** Fires at once while gatherings wait for their executions. */
  private static ScheduleRow planned(ScheduleRow row, Gatherings gatherings, TransactionView view) {
    ScheduleRow after = row.withGatherings(gatherings);
    return gatherings.open().stream().anyMatch(EventGathering::due)
        ? after.withNext(view.now())
        : after.unplanned();
  }

  private static ScheduleRow started(
      ScheduleRow row,
      EventGathering gathering,
      Definitions.Deployed deployed,
      JsonNode input,
      GatheredEvents stored,
      TransactionView view) {
    view.start(ScheduledStart.of(row, cause(gathering), deployed, input));
    stored.ended(gathering);
    return row.fired(view.now(), null);
  }

  private static long removed(EventGathering gathering, GatheredEvents stored) {
    return gathering.events().stream().mapToLong(stored::remove).sum();
  }

  private Gatherings bounded(ScheduleRow row, Gatherings gatherings, GatheredEvents stored) {
    Gatherings bounded = gatherings.bounded(mostBytes, stored::remove);
    tellOfDropped(row, bounded);
    return bounded;
  }

  /** What an execution gets of a gathering that has ended; null if it has not. */
  private @Nullable JsonNode inputIfEnded(
      EventGathering gathering,
      EventStrategy.Any any,
      Definitions.Deployed deployed,
      GatheredEvents stored,
      ScheduleRow row) {
    return switch (any.until()) {
      case null -> null;
      case EventStrategy.Until.Never _ -> null;
      case EventStrategy.Until.Strategy until ->
          gathering.isEnded(until.strategy()) ? input(gathering, deployed, stored) : null;
      case EventStrategy.Until.Condition condition -> {
        JsonNode input = input(gathering, deployed, stored);
        try {
          yield condition.expression().test(input, scope) ? input : null;
        } catch (ExpressionException e) {
          LOG.warn(
              "The condition that ends what the schedule of {}/{} gathers can't be evaluated, so it"
                  + " does not hold: {}",
              row.namespace(),
              row.name(),
              e.getMessage());
          yield null;
        }
      }
    };
  }

  private static JsonNode input(
      EventGathering gathering, Definitions.Deployed deployed, GatheredEvents stored) {
    return EventSchedules.input(deployed, gathering.events().stream().map(stored::get).toList());
  }

  private static String cause(EventGathering gathering) {
    StringBuilder cause = new StringBuilder("gathered");
    gathering.events().forEach(name -> append(cause.append('\n'), name));
    cause.append("\nuntil");
    gathering.ending().forEach(name -> append(cause.append('\n'), name));
    return cause.toString();
  }

  private static void append(StringBuilder text, ByteString name) {
    text.append(HexFormat.of().formatHex(name.toByteArray()));
  }

  /** Once for each gathering: it goes on to lose events. */
  private void tellOfDropped(ScheduleRow before, Gatherings after) {
    boolean first =
        !after.open().isEmpty()
            && after.open().getFirst().dropped() == 1
            && before.gatherings().open().stream().noneMatch(known -> known.dropped() > 0);
    if (first) {
      LOG.warn(
          "The schedule of {}/{} gathers more than {} events or {} bytes; the oldest give way",
          before.namespace(),
          before.name(),
          Gatherings.LIMIT,
          mostBytes);
    }
  }
}
