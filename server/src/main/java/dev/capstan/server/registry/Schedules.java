package dev.capstan.server.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.dsl.expression.Scope;
import dev.capstan.dsl.jq.JqLimits;
import dev.capstan.dsl.model.Definition;
import dev.capstan.server.gateway.Views.ScheduleView;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts executions when their time or their events have come. Has no thread: {@link #doWork} is to
 * be called when it says, and again whenever {@code rearm} runs.
 *
 * <p>A due time fires exactly once: one transaction checks that the row still has it, starts the
 * execution under an id that follows from the definition and the time, and moves the row to its
 * next time. What is held in memory is a copy of committed rows and only says when to look.
 */
public final class Schedules {
  private static final Logger LOG = LoggerFactory.getLogger(Schedules.class);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

  private final DefinitionCache cache;
  private final Recurrence recurrence;
  private final EventSchedules events;
  private final Map<String, ScheduleRow> rows = new ConcurrentHashMap<>();
  private final Map<String, Instant> notBefore = new HashMap<>();
  private volatile @Nullable PartitionRequests partition;
  private volatile Runnable rearm = () -> {};

  /** Which leadership the rows in memory belong to; grows with its begin and with its end. */
  private volatile long leadership;

  /**
   * Schedules without rows; {@link #load} and {@link #open} must follow.
   *
   * @param zone whose clock cron expressions mean
   * @param gatheredBytes what the events that a schedule gathers for one execution may have
   *     together, as JSON
   */
  public Schedules(DefinitionCache cache, ZoneId zone, JqLimits limits, long gatheredBytes) {
    this.cache = cache;
    Scope scope = new Scope(_ -> null, limits);
    this.events = new EventSchedules(cache, scope, gatheredBytes, this::keeping);
    this.recurrence = new Recurrence(zone, scope);
  }

  /** Reads the rows from the store, before the partition asks for them; forgets what was there. */
  public synchronized void load(Store store) {
    forget();
    read(store).forEach(this::remember);
  }

  private static List<ScheduleRow> read(Store store) {
    List<ScheduleRow> rows = new ArrayList<>();
    try (Rows stored = store.scan(Table.SCHEDULES, new byte[0], null, Direction.FORWARD)) {
      while (stored.next()) {
        rows.add(ScheduleRow.read(stored.value()));
      }
    }
    return rows;
  }

  /** Starts nothing until it is loaded again: another coordinator does. */
  public synchronized void forget() {
    leadership++;
    rows.clear();
    notBefore.clear();
  }

  /**
   * Begins to start executions.
   *
   * @param wakeUp runs when {@link #doWork} should be called earlier than it said
   */
  public void open(PartitionRequests requests, Runnable wakeUp) {
    partition = requests;
    rearm = wakeUp;
  }

  /**
   * Namespace and name of definitions that wait for an end of an execution which may have come
   * while nobody listened.
   */
  public List<Waiting> waitingForAnEnd() {
    return rows.values().stream()
        .filter(row -> row.kind() == ScheduleRow.Kind.AFTER && row.next() == null)
        .map(row -> new Waiting(row.namespace(), row.name()))
        .toList();
  }

  /** A definition whose schedule waits for the end of an execution of it. */
  public record Waiting(String namespace, String name) {}

  /**
   * Fires what is due. Only one thread at a time.
   *
   * @return when to be called next; null when nothing is planned
   */
  public synchronized @Nullable Instant doWork(Instant now) {
    PartitionRequests requests = partition;
    if (requests == null) {
      return null;
    }
    Instant earliest = null;
    for (ScheduleRow row : rows.values()) {
      Instant next = row.next();
      if (next == null) {
        continue;
      }
      Instant held = notBefore.get(name(row));
      Instant at = held != null && held.isAfter(next) ? held : next;
      if (!at.isAfter(now)) {
        notBefore.put(name(row), now.plus(AFTER_FAILURE));
        fire(requests, row, next);
        at = now.plus(AFTER_FAILURE);
      }
      earliest = earliest == null || at.isBefore(earliest) ? at : earliest;
    }
    return earliest;
  }

  private void fire(PartitionRequests requests, ScheduleRow row, Instant due) {
    Definitions.Deployed deployed = cache.find(row.hash());
    if (deployed == null) {
      LOG.error("The text of {} is missing: its schedule can't fire", name(row));
      return;
    }
    CompletableFuture<Boolean> _ =
        requests
            .transact(view -> fire(view, row, due, deployed))
            .exceptionally(failure -> {
              LOG.warn(
                  "The schedule of {} could not fire at {}; it is tried again: {}",
                  name(row),
                  due,
                  failure.getMessage());
              return false;
            });
  }

  /** Fires unless the row has moved on; either way memory gets what it is then. */
  private boolean fire(
      TransactionView view, ScheduleRow seen, Instant due, Definitions.Deployed deployed) {
    byte[] stored = view.get(Table.SCHEDULES, seen.key());
    ScheduleRow row = stored == null ? null : ScheduleRow.read(stored);
    if (row == null) {
      view.afterCommit(dropping(seen));
      return false;
    }
    if (!due.equals(row.next()) || !row.hash().equals(seen.hash())) {
      view.afterCommit(keeping(row));
      return false;
    }
    ScheduleRow moved =
        row.kind() == ScheduleRow.Kind.ON
            ? events.due(row, deployed, view)
            : fired(view, row, due, deployed);
    view.write(new Change.Put(Table.SCHEDULES, row.key(), moved.write()));
    view.afterCommit(keeping(moved));
    return true;
  }

  private ScheduleRow fired(
      TransactionView view, ScheduleRow row, Instant due, Definitions.Deployed deployed) {
    JsonNode input = JsonNodeFactory.instance.objectNode();
    view.start(ScheduledStart.of(row, due.toString(), deployed, input));
    return row.fired(view.now(), recurrence.following(deployed.definition(), due, view.now()));
  }

  /** Checks that a definition's schedule can work; throws a refusal when it can't. */
  void check(Definition definition) {
    recurrence.check(definition);
  }

  /**
   * Makes the schedule of a definition that has become the latest of its name the one that counts.
   */
  void deployed(TransactionView view, Definition definition) {
    byte[] key = ScheduleRow.key(definition.document().namespace(), definition.document().name());
    byte[] stored = view.get(Table.SCHEDULES, key);
    ScheduleRow first = recurrence.first(definition, view.now());
    if (stored != null) {
      view.write(GatheredEvents.forgetting(key));
    }
    if (first == null) {
      if (stored != null) {
        view.write(new Change.Delete(Table.SCHEDULES, key));
        view.afterCommit(dropping(ScheduleRow.read(stored)));
      }
      return;
    }
    view.write(new Change.Put(Table.SCHEDULES, key, first.write()));
    view.afterCommit(keeping(first));
  }

  /** Hears of the end of an execution; any thread. */
  public void ended(Summary summary) {
    ended(summary.workflow().namespace(), summary.workflow().name(), summary.endedAt());
  }

  /**
   * Plans the next start of a definition that starts after its executions; does nothing for others.
   */
  public void ended(String namespace, String name, @Nullable Instant endedAt) {
    ScheduleRow row = rows.get(namespace + "/" + name);
    PartitionRequests requests = partition;
    if (row == null
        || requests == null
        || row.kind() != ScheduleRow.Kind.AFTER
        || row.next() != null) {
      return;
    }
    CompletableFuture<Boolean> _ =
        requests
            .transact(view -> planAfter(view, row, endedAt))
            .exceptionally(failure -> {
              LOG.error(
                  "The next start of {} could not be planned: {}", name(row), failure.getMessage());
              return false;
            });
  }

  private boolean planAfter(TransactionView view, ScheduleRow seen, @Nullable Instant endedAt) {
    byte[] stored = view.get(Table.SCHEDULES, seen.key());
    ScheduleRow row = stored == null ? null : ScheduleRow.read(stored);
    if (row == null) {
      view.afterCommit(dropping(seen));
      return false;
    }
    Definitions.Deployed deployed = cache.find(row.hash());
    Instant next =
        deployed == null || row.next() != null
            ? null
            : recurrence.afterEnd(deployed.definition(), endedAt == null ? view.now() : endedAt);
    ScheduleRow planned = next == null ? row : row.withNext(next);
    if (next != null) {
      view.write(new Change.Put(Table.SCHEDULES, row.key(), planned.write()));
    }
    view.afterCommit(keeping(planned));
    return next != null;
  }

  /**
   * What schedules make of a cloud event: the answer are executions to start in this batch or in
   * later ones.
   */
  List<Start> published(CloudEvent event, TransactionView view) {
    return rows.values().stream()
        .filter(row -> row.kind() == ScheduleRow.Kind.ON)
        .map(row -> events.published(row, event, view))
        .filter(Objects::nonNull)
        .toList();
  }

  /**
   * All schedules, by namespace and name, as they are applied: what is in memory is only there
   * while executions are started here.
   */
  public static List<ScheduleView> list(Store store) {
    return read(store).stream()
        .sorted(Comparator.comparing(Schedules::name))
        .map(row ->
            new ScheduleView(
                row.namespace(),
                row.name(),
                row.version(),
                row.kind().word(),
                row.expression(),
                row.next(),
                row.last(),
                row.fired()))
        .toList();
  }

  /**
   * What to do when a row that was decided now is durable. It may become so only after this
   * coordinator has stopped leading, and then its copy is no longer kept here.
   */
  private Runnable keeping(ScheduleRow row) {
    long decidedIn = leadership;
    return () -> {
      synchronized (this) {
        if (leadership != decidedIn) {
          return;
        }
        remember(row);
        notBefore.remove(name(row));
      }
      rearm.run();
    };
  }

  private Runnable dropping(ScheduleRow row) {
    long decidedIn = leadership;
    return () -> {
      synchronized (this) {
        if (leadership == decidedIn) {
          rows.remove(name(row));
          notBefore.remove(name(row));
        }
      }
    };
  }

  private void remember(ScheduleRow row) {
    rows.put(name(row), row);
  }

  private static String name(ScheduleRow row) {
    return row.namespace() + "/" + row.name();
  }
}
