package dev.capstan.server.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.placement.Demand;
import dev.capstan.core.placement.Peers;
import dev.capstan.node.config.Limits;
import dev.capstan.node.config.Payload;
import dev.capstan.server.partition.NodeBoard;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the partition does with its nodes: it takes slots for attempts, sends the attempts there and
 * takes them back. The slots are those of the {@link SlotAccount}, and what is sent goes over the
 * session that the node has at that moment. Safe for any thread; returns at once.
 */
final class DispatchBoard implements NodeBoard {
  private final SlotAccount account;
  private final LedPartition partition;
  private final DispatchMessages messages;

  DispatchBoard(SlotAccount account, LedPartition partition, Limits limits) {
    this.account = account;
    this.partition = partition;
    this.messages = new DispatchMessages(new Payload(limits));
  }

  @Override
  public @Nullable Place reserve(Demand demand, Peers peers) {
    return account.reserve(demand, peers);
  }

  @Override
  public boolean hasRoom(Demand demand) {
    return account.hasRoom(demand);
  }

  @Override
  public void release(Place place) {
    if (account.release(place)) {
      partition.capacityChanged();
    }
  }

  @Override
  public void dispatch(List<Effect.Dispatch> dispatches) {
    SlotAccount.Assigned assigned = account.assign(dispatches);
    assigned
        .byNode()
        .forEach((node, all) -> node.session.dispatch(all.stream().map(messages::of).toList()));
    for (Effect.Dispatch dispatch : assigned.homeless()) {
      String reason = "node " + dispatch.node() + " was gone before it got it";
      partition.forward(
          new Command.ReportReturned(dispatch.token(), reason), dispatch.token().execution());
    }
  }

  @Override
  public void confirm(AttemptToken token, String node, long number) {
    LiveNode holder = account.holder(node, token);
    if (holder != null) {
      holder.session.confirm(token, number);
    }
  }

  @Override
  public void cancel(AttemptToken token, String node) {
    LiveNode holder = account.holder(node, token);
    if (holder != null) {
      holder.session.cancel(token);
    }
  }

  @Override
  public boolean isAlive(String node, long epoch) {
    return account.isAlive(node, epoch);
  }

  @Override
  public String whyWaiting(String kind, JsonNode metadata) {
    return account.whyWaiting(Demand.of(kind, metadata));
  }
}
