package dev.capstan.server.partition;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The worker nodes as a partition sees them: where a task may go, and the way there. All methods
 * may be called by any thread and return at once.
 */
public interface NodeBoard {

  /**
   * Takes a slot for one attempt, or answers null when no connected node has one for it. The slot
   * is free again when the node reports the attempt, when its session ends, or by {@link #release}.
   *
   * @param demand what the node must be and have
   * @param peers where the task's peers are; asked during the call only
   */
  @Nullable Place reserve(Demand demand, Peers peers);

  /** Whether {@link #reserve} would find a slot now. */
  boolean hasRoom(Demand demand);

  /** Gives back a slot that no attempt was dispatched to. */
  void release(Place place);

  /**
   * Sends committed attempts to their nodes, as few messages as possible. An attempt whose session
   * is gone comes back as returned.
   */
  void dispatch(List<Effect.Dispatch> dispatches);

  /** Tells a node that messages of an attempt up to a number are safe. */
  void confirm(AttemptToken token, String node, long number);

  /** Asks a node to stop an attempt. */
  void cancel(AttemptToken token, String node);

  /**
   * Whether the node still has the epoch that an attempt was dispatched under: it is connected, or
   * may come back and go on. If not, nobody will report the attempt.
   */
  boolean isAlive(String node, long epoch);

  /**
   * Why tasks of this kind have no node at present, as a sentence with numbers.
   *
   * @param metadata {@code metadata.capstan} of the task
   */
  String whyWaiting(String kind, JsonNode metadata);

  /** A slot on a node under the epoch of its session. */
  record Place(String node, long epoch) {}
}
