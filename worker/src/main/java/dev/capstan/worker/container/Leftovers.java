package dev.capstan.worker.container;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers of this node that nobody looks after: those of a worker that died before they ended,
 * and those that have ended and are to be removed later. Safe for concurrent use.
 */
final class Leftovers {

  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  private final String owner;
  private final Duration grace;
  private final Set<String> running = ConcurrentHashMap.newKeySet();

  /**
   * Those of one owner.
   *
   * @param grace for containers to end by themselves before they are killed
   */
  Leftovers(String owner, Duration grace) {
    this.owner = owner;
    this.grace = grace;
  }

  String owner() {
    return owner;
  }

  /** A run is looked after, before its container is made. */
  void begin(String run) {
    running.add(run);
  }

  /** A run is looked after no more. */
  void end(String run) {
    running.remove(run);
  }

  /** Removes what is due, and says when more will be. */
  Optional<Instant> sweep(Engine engine) throws IOException {
    Optional<Instant> next = Optional.empty();
    for (JsonNode container : engine.labelled(Labels.OWNER, owner)) {
      String run = container.path("Labels").path(Labels.RUN).asText();
      // In this order: what is known of a run only after it was given up is final.
      if (!running.contains(run) && !staysForEver(container)) {
        Optional<Instant> due = lookAfter(engine, container.path("Id").asText());
        if (due.isPresent() && (next.isEmpty() || due.get().isBefore(next.get()))) {
          next = due;
        }
      }
    }
    return next;
  }

  /** There may be many of these, and a look at each costs a call. */
  private static boolean staysForEver(JsonNode listed) {
    return hasEnded(listed.path("State").asText())
        && Labels.lifetime(listed.path("Labels")).cleanup() == Lifetime.Cleanup.NEVER;
  }

  /** One that can't be removed must not keep the others. */
  private Optional<Instant> lookAfter(Engine engine, String id) throws IOException {
    try {
      return removed(engine, id);
    } catch (EngineRefusal e) {
      LOG.warn("Container {} could not be removed: {}", id, e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<Instant> removed(Engine engine, String id) throws IOException {
    JsonNode container = engine.inspect(id).orElse(null);
    if (container == null) {
      return Optional.empty();
    }
    if (!hasEnded(container.path("State").path("Status").asText())) {
      LOG.info("Container {} is left from a worker that has died, and is removed", id);
      discard(engine, id);
      return Optional.empty();
    }
    Lifetime lifetime = Labels.lifetime(container.path("Config").path("Labels"));
    return switch (lifetime.cleanup()) {
      case NEVER -> Optional.empty();
      case ALWAYS -> {
        engine.remove(id);
        yield Optional.empty();
      }
      case EVENTUALLY -> {
        Instant due = end(container).plus(lifetime.after());
        if (due.isAfter(Instant.now())) {
          yield Optional.of(due);
        }
        engine.remove(id);
        yield Optional.empty();
      }
    };
  }

  /** Other states are those of one that was made, runs, or was paused. */
  private static boolean hasEnded(String status) {
    return status.equals("exited") || status.equals("stopped") || status.equals("dead");
  }

  private static Instant end(JsonNode container) {
    try {
      return Instant.parse(container.path("State").path("FinishedAt").asText());
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  private void discard(Engine engine, String id) throws IOException {
    try {
      engine.stop(id, grace);
    } catch (EngineRefusal notRunning) {
      LOG.debug("Container {} was not stopped: {}", id, notRunning.getMessage());
    }
    engine.remove(id);
  }

  /** Ends and removes the container of a run, if it was made. */
  void discardRun(Engine engine, String run) throws IOException {
    for (JsonNode container : engine.labelled(Labels.RUN, run)) {
      discard(engine, container.path("Id").asText());
    }
  }

  /** Ends a container that may stay for as long as its lifetime says. */
  void stop(Engine engine, String id, Lifetime lifetime) throws IOException {
    engine.stop(id, grace);
    finish(engine, id, lifetime);
  }

  /** A container has ended by itself. */
  static void finish(Engine engine, String id, Lifetime lifetime) throws IOException {
    if (lifetime.cleanup() == Lifetime.Cleanup.ALWAYS) {
      engine.remove(id);
    }
  }
}
