package dev.capstan.server.partition;

import dev.capstan.core.decision.AttemptToken;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attempts that nodes have, by task and by session. Owned by the partition's thread. */
final class Attempts {
  private final Map<RunKey, Attempt> byRun = new HashMap<>();
  private final Map<Session, Map<RunKey, Attempt>> bySession = new HashMap<>();

  private record Session(String node, long epoch) {}

  /** A task's present attempt. */
  record Attempt(RunKey run, int attempt, String node, long epoch) {
    AttemptToken token() {
      return new AttemptToken(run.execution(), run.run(), attempt, epoch);
    }
  }

  void add(Attempt attempt) {
    remove(attempt.run());
    byRun.put(attempt.run(), attempt);
    bySession
        .computeIfAbsent(new Session(attempt.node(), attempt.epoch()), _ -> new LinkedHashMap<>())
        .put(attempt.run(), attempt);
  }

  /** Forgets a task's attempt; answers it, or null if no node has the task. */
  @Nullable Attempt remove(RunKey run) {
    Attempt attempt = byRun.remove(run);
    if (attempt != null) {
      Session session = new Session(attempt.node(), attempt.epoch());
      Map<RunKey, Attempt> others = bySession.get(session);
      if (others != null && others.remove(run) != null && others.isEmpty()) {
        bySession.remove(session);
      }
    }
    return attempt;
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
  }
}
