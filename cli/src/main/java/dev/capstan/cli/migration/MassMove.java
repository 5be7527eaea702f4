package dev.capstan.cli.migration;

import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.Migration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;

/** Asks for the moves of many executions, some at a time; answers come in the order of asking. */
public final class MassMove {
  private static final int AT_A_TIME = 16;

  private final CapstanClient client;
  private final String to;
  private final boolean dryRun;
  private final Map<String, String> map;

  /**
   * A move of many.
   *
   * @param map which tasks stand for which; see {@link dev.capstan.client.Migrations#plan}
   */
  public MassMove(CapstanClient client, String to, boolean dryRun, Map<String, String> map) {
    this.client = client;
    this.to = to;
    this.dryRun = dryRun;
    this.map = map;
  }

  private record Asked(String id, String version, CompletableFuture<Migration> answer) {}

  /**
   * Goes through all of them.
   *
   * @param versions the versions that they have, by id
   * @param progress hears how many have been answered
   * @throws CapstanException if the server fails, or can't be reached any more; what has moved
   *     until then has moved, and may be asked for again
   */
  public List<Outcome> run(Map<String, String> versions, IntConsumer progress) {
    List<Outcome> outcomes = new ArrayList<>(versions.size());
    Deque<Asked> asked = new ArrayDeque<>();
    versions.forEach((id, version) -> {
      if (version.equals(to)) {
        outcomes.add(new Outcome(id, version, Outcome.Result.THERE, null));
        return;
      }
      asked.add(new Asked(id, version, ask(id)));
      if (asked.size() == AT_A_TIME) {
        outcomes.add(outcome(asked.remove()));
        progress.accept(outcomes.size());
      }
    });
    for (Asked each : asked) {
      outcomes.add(outcome(each));
      progress.accept(outcomes.size());
    }
    return outcomes;
  }

  private CompletableFuture<Migration> ask(String id) {
    return dryRun ? client.migrations().plan(id, to, map) : client.migrations().move(id, to, map);
  }

  private Outcome outcome(Asked asked) {
    try {
      return Outcome.of(CapstanClient.await(asked.answer()));
    } catch (CapstanException.Conflict | CapstanException.NotFound gone) {
      return new Outcome(asked.id(), asked.version(), ended(asked.id(), gone), null);
    }
  }

  /** One that moves on while it is asked about may have come to where it can't move. */
  private Outcome.Result ended(String id, CapstanException refusal) {
    if (refusal instanceof CapstanException.NotFound) {
      return Outcome.Result.ENDED;
    }
    try {
      return CapstanClient.await(client.execution(id)).hasEnded()
          ? Outcome.Result.ENDED
          : Outcome.Result.STAYS;
    } catch (CapstanException.NotFound _) {
      return Outcome.Result.ENDED;
    }
  }
}
