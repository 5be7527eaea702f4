package dev.capstan.server.partition;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.placement.Peers;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Attempts that nodes have, by task, by session and by the keys that their tasks name. Owned by the
 * partition's thread.
 */
final class Attempts {
  private final Map<RunKey, Attempt> byRun = new HashMap<>();
  private final Map<String, Integer> byConcurrencyKey = new HashMap<>();
  private final Crowds crowds = new Crowds();
  private final Map<Session, Map<RunKey, Attempt>> bySession = new HashMap<>();

  private record Session(String node, long epoch) {}

  /**
   * A task's present attempt.
   *
   * @param key of its task; null if that names none
   * @param concurrencyKey under which it is counted; null for none
   * @param definition that its task belongs to; null if that names a key. Then and for an attempt
   *     of before this was stored it counts as nobody's peer but by the key
   * @param age of its task, which keeps it when the attempt comes back; null if it is not known
   */
  record Attempt(
      RunKey run,
      int attempt,
      String node,
      long epoch,
      @Nullable String key,
      @Nullable String concurrencyKey,
      @Nullable String definition,
      @Nullable Age age) {
    /** An attempt of a task of which nothing is known. */
    Attempt(RunKey run, int attempt, String node, long epoch) {
      this(run, attempt, node, epoch, null, null, null, null);
    }

    AttemptToken token() {
      return new AttemptToken(run.execution(), run.run(), attempt, epoch);
    }
  }

  /** Takes note of an attempt. */
  void add(Attempt attempt) {
    remove(attempt.run());
    byRun.put(attempt.run(), attempt);
    String group = group(attempt.key(), attempt.definition());
    crowds.joined(group, last(attempt.key(), attempt.run()), attempt.node());
    if (attempt.concurrencyKey() != null) {
      byConcurrencyKey.merge(attempt.concurrencyKey(), 1, Integer::sum);
    }
    bySession
        .computeIfAbsent(new Session(attempt.node(), attempt.epoch()), _ -> new LinkedHashMap<>())
        .put(attempt.run(), attempt);
  }

  /** Forgets a task's attempt; answers it, or null if no node has the task. */
  @Nullable Attempt remove(RunKey run) {
    Attempt attempt = byRun.remove(run);
    if (attempt != null) {
      crowds.left(group(attempt.key(), attempt.definition()), attempt.node());
      if (attempt.concurrencyKey() != null) {
        byConcurrencyKey.computeIfPresent(
            attempt.concurrencyKey(), (_, count) -> count == 1 ? null : count - 1);
      }
      Session session = new Session(attempt.node(), attempt.epoch());
      Map<RunKey, Attempt> others = bySession.get(session);
      if (others != null && others.remove(run) != null && others.isEmpty()) {
        bySession.remove(session);
      }
    }
    return attempt;
  }

  private static @Nullable String group(@Nullable String key, @Nullable String definition) {
    return key != null ? "key " + key : definition;
  }

  private static String last(@Nullable String key, RunKey run) {
    return key != null ? "key " + key : run.execution();
  }

  /** Where the peers of a task are. */
  Peers peers(RunKey run, @Nullable String key, String definition) {
    return crowds.peers(group(key, definition), last(key, run));
  }

  /** How many attempts count under a concurrency key. */
  int running(String concurrencyKey) {
    return byConcurrencyKey.getOrDefault(concurrencyKey, 0);
  }

  @Nullable Attempt find(RunKey run) {
    return byRun.get(run);
  }

  /** Attempts under a session, the oldest first. */
  List<Attempt> of(String node, long epoch) {
    Map<RunKey, Attempt> attempts = bySession.get(new Session(node, epoch));
    return attempts == null ? List.of() : List.copyOf(attempts.values());
  }

  /** Attempts whose session is not among those that live. */
  List<Attempt> withoutSession(NodeBoard board) {
    return bySession.entrySet().stream()
        .filter(session -> !board.isAlive(session.getKey().node(), session.getKey().epoch()))
        .flatMap(session -> session.getValue().values().stream())
        .toList();
  }

  Collection<Attempt> all() {
    return Collections.unmodifiableCollection(byRun.values());
  }

  int size() {
    return byRun.size();
  }

  void clear() {
    byRun.clear();
    bySession.clear();
    byConcurrencyKey.clear();
    crowds.clear();
  }
}
