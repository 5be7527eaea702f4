package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One node with as many slots as it is told to have. */
final class Nodes implements NodeBoard {
  final List<Effect.Dispatch> dispatched = new ArrayList<>();
  final List<Seen> seen = new ArrayList<>();
  final List<AttemptToken> cancelled = new ArrayList<>();
  final List<Long> confirmed = new ArrayList<>();

  /** What it was told of a task's peers when it gave it a slot. */
  record Seen(Map<String, Integer> running, @Nullable String lastNode) {}

  /** Nodes that are alive and take nothing new. */
  final Set<String> others = new HashSet<>();

  /** Nodes that take tasks in turn; if empty {@link #node} takes all. */
  List<String> inTurn = List.of();

  String node = "node-1";
  long epoch = 1;
  int slots = Integer.MAX_VALUE;
  int taken;
  int reserveCalls;
  int dispatchCalls;
  boolean alive = true;

  @Override
  public boolean hasRoom(Demand demand) {
    return taken < slots && !demand.kind().equals("call:nowhere");
  }

  @Override
  public @Nullable Place reserve(Demand demand, Peers peers) {
    reserveCalls++;
    if (!hasRoom(demand)) {
      return null;
    }
    seen.add(new Seen(Map.copyOf(peers.running()), peers.lastNode()));
    taken++;
    String taker = inTurn.isEmpty() ? node : inTurn.get(reserveCalls % inTurn.size());
    return new Place(taker, epoch);
  }

  @Override
  public void release(Place place) {
    taken--;
  }

  @Override
  public void dispatch(List<Effect.Dispatch> dispatches) {
    dispatchCalls++;
    dispatched.addAll(dispatches);
  }

  @Override
  public void confirm(AttemptToken token, String onNode, long number) {
    confirmed.add(number);
  }

  @Override
  public void cancel(AttemptToken token, String onNode) {
    cancelled.add(token);
  }

  @Override
  public boolean isAlive(String asked, long askedEpoch) {
    return alive
        && (asked.equals(node) || others.contains(asked) || inTurn.contains(asked))
        && askedEpoch == epoch;
  }

  @Override
  public String whyWaiting(String kind, JsonNode metadata) {
    return "all " + slots + " slots are taken";
  }

  /** The attempt that was dispatched last. */
  Effect.Dispatch last() {
    return dispatched.getLast();
  }
}
