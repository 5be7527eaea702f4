package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.capstan.core.decision.EventMatching;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.ExpressionException;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.model.EventFilter;
import dev.capstan.dsl.model.EventStrategy;
import dev.capstan.dsl.model.ReadMode;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executions that are started by cloud events (specification: Schedule, {@code on}). Runs on the
 * partition's thread, in the batch that publishes the event: an event that is acknowledged has
 * started what it starts, or waits in a group.
 */
final class EventSchedules {
  private static final Logger LOG = LoggerFactory.getLogger(EventSchedules.class);

  private final DefinitionCache cache;
  private final Scope scope;
  private final GatheringSchedules gathering;
  private final Function<ScheduleRow, Runnable> keeping;

  /**
   * @param gatheredBytes what the events that a schedule gathers may have together
   * @param keeping what to do when a row that was decided now is durable
   */
  EventSchedules(
      DefinitionCache cache,
      Scope scope,
      long gatheredBytes,
      Function<ScheduleRow, Runnable> keeping) {
    this.cache = cache;
    this.scope = scope;
    this.gathering = new GatheringSchedules(scope, gatheredBytes);
    this.keeping = keeping;
  }

  /** What one schedule makes of an event; the answer is a start that may come in a later batch. */
  @Nullable Start published(ScheduleRow seen, CloudEvent event, TransactionView view) {
    Definitions.Deployed deployed = cache.find(seen.hash());
    if (deployed == null || deployed.definition().schedule() == null) {
      return null;
    }
    EventStrategy on = deployed.definition().schedule().on();
    try {
      return switch (on) {
        case null -> null;
        case EventStrategy.One one ->
            startIfAny(seen, deployed, List.of(one.filter()), event, view);
        case EventStrategy.Any any when any.until() != null -> {
          gatherUntil(seen, deployed, any, event, view);
          yield null;
        }
        case EventStrategy.Any any -> startIfAny(seen, deployed, any.filters(), event, view);
        case EventStrategy.All all -> {
          gather(seen, deployed, all.filters(), event, view);
          yield null;
        }
      };
    } catch (ExpressionException e) {
      LOG.warn(
          "An event could not be matched with the schedule of {}/{}: {}",
          seen.namespace(),
          seen.name(),
          e.getMessage());
      return null;
    }
  }

  private @Nullable Start startIfAny(
      ScheduleRow seen,
      Definitions.Deployed deployed,
      List<EventFilter> filters,
      CloudEvent event,
      TransactionView view) {
    ScheduleRow row = matches(filters, event) ? current(seen, view) : null;
    if (row == null) {
      return null;
    }
    write(row.fired(view.now(), null), view);
    return ScheduledStart.of(row, event.identity(), deployed, input(deployed, List.of(event)));
  }

  private void gatherUntil(
      ScheduleRow seen,
      Definitions.Deployed deployed,
      EventStrategy.Any any,
      CloudEvent event,
      TransactionView view) {
    Offer offer = Offer.of(any, event, scope);
    ScheduleRow row = offer.isWanted() ? current(seen, view) : null;
    ScheduleRow after =
        row == null ? null : gathering.published(row, deployed, any, event, offer, view);
    if (after != null) {
      write(after, view);
    }
  }

  /** Starts an execution that a gathering waits for; the row after it. */
  ScheduleRow due(ScheduleRow row, Definitions.Deployed deployed, TransactionView view) {
    return gathering.due(row, deployed, view);
  }

  private void gather(
      ScheduleRow seen,
      Definitions.Deployed deployed,
      List<EventFilter> filters,
      CloudEvent event,
      TransactionView view) {
    // The event alone first: what a group has fixed can only say no.
    ScheduleRow row = matches(filters, event) ? current(seen, view) : null;
    EventGroups.Taken taken =
        row == null ? null : EventGroups.take(row.groups(), filters, event, scope);
    if (row == null || taken == null) {
      return;
    }
    if (taken.dropped() != null) {
      LOG.warn(
          "The schedule of {}/{} has {} incomplete groups of events; the oldest gives way: {}",
          row.namespace(),
          row.name(),
          EventGroups.LIMIT,
          identities(taken.dropped().present()));
    }
    ScheduleRow grown = row.withGroups(taken.groups());
    List<CloudEvent> complete = taken.complete();
    if (complete != null) {
      view.start(ScheduledStart.of(row, identities(complete), deployed, input(deployed, complete)));
      grown = grown.fired(view.now(), null);
    }
    write(grown, view);
  }

  /** The row as it is now, null if another definition has taken its place. */
  private static @Nullable ScheduleRow current(ScheduleRow seen, TransactionView view) {
    byte[] stored = view.get(Table.SCHEDULES, seen.key());
    ScheduleRow row = stored == null ? null : ScheduleRow.read(stored);
    return row == null || !row.hash().equals(seen.hash()) ? null : row;
  }

  private void write(ScheduleRow row, TransactionView view) {
    view.write(new Change.Put(Table.SCHEDULES, row.key(), row.write()));
    view.afterCommit(keeping.apply(row));
  }

  private boolean matches(List<EventFilter> filters, CloudEvent event) {
    return filters.isEmpty()
        || filters.stream()
            .anyMatch(filter ->
                EventMatching.match(filter, event, Map.of(), NullNode.getInstance(), scope)
                    != null);
  }

  private static String identities(List<CloudEvent> events) {
    return String.join("\n", events.stream().map(CloudEvent::identity).toList());
  }

  static JsonNode input(Definitions.Deployed deployed, List<CloudEvent> events) {
    ReadMode mode =
        deployed.definition().schedule() == null
            ? ReadMode.DATA
            : deployed.definition().schedule().read();
    List<JsonNode> items =
        events.stream()
            .map(event ->
                switch (mode) {
                  case DATA -> event.data();
                  case ENVELOPE, RAW -> event.json();
                })
            .toList();
    return new ArrayNode(JsonNodeFactory.instance, items);
  }
}
