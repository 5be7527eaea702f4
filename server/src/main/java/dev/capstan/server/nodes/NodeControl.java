package dev.capstan.server.nodes;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.node.config.Limits;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.Transaction;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators do with nodes. Each change is a row first, with its audit entry, and is kept over
 * sessions and changes of the leader; then it holds for the node that is connected. Safe for any
 * thread.
 */
public final class NodeControl {
  private static final Logger LOG = LoggerFactory.getLogger(NodeControl.class);

  private final SlotAccount account;
  private final NodeRegister register;
  private final Limits limits;
  private final Supplier<PartitionRequests> requests;

  /**
   * @param requests of the partition, or a refusal when this coordinator does not lead
   */
  NodeControl(
      SlotAccount account,
      NodeRegister register,
      Limits limits,
      Supplier<PartitionRequests> requests) {
    this.account = account;
    this.register = register;
    this.limits = limits;
    this.requests = requests;
  }

  /**
   * Changes what a node may take; kept for its later sessions too.
   *
   * @param deadline of a drain, from now: what the node still runs then goes to others; null lets
   *     it end what it runs
   * @return completes when it is durable; with a refusal when there is no such node
   */
  public CompletableFuture<KnownNode> admit(
      String id, Admission admission, @Nullable Duration deadline, String principal) {
    return order(view -> register.admit(view, id, admission, deadline, principal));
  }

  /**
   * Gives labels to a node and takes others from it, also some that its configuration gives it.
   *
   * @return completes when it is durable; with a refusal when there is no such node, or the labels
   *     would be too many or malformed
   */
  public CompletableFuture<KnownNode> label(
      String id, Map<String, String> set, Collection<String> removed, String principal) {
    return order(view -> register.label(view, id, set, removed, limits, principal));
  }

  /**
   * It holds with the commit, in order with all others: who asks may come to it much later, and
   * joins and other orders may have been decided on top of it by then.
   */
  private CompletableFuture<KnownNode> order(Transaction<NodeRows.Row> change) {
    PartitionRequests partition = requests.get();
    CompletableFuture<KnownNode> changed = new CompletableFuture<>();
    return partition
        .transact(view -> {
          NodeRows.Row row = change.run(view);
          view.afterCommit(() -> {
            changed.complete(account.ordered(row));
            partition.slotsFreed();
          });
          return row;
        })
        .thenCompose(_ -> changed);
  }

  /**
   * Forgets a node that is gone, or that drains and has nothing left to end; or any, by force: what
   * it runs is taken from it in the same step, and runs elsewhere unless its recovery is to fail.
   *
   * @param force also if it takes or runs tasks, for a node that is broken or in wrong hands
   * @return completes when it is durable; with a refusal when there is no such node, or when it
   *     still takes or runs tasks
   */
  public CompletableFuture<Void> remove(String id, boolean force, String principal) {
    AtomicBoolean expelled = new AtomicBoolean();
    return requests
        .get()
        .sessionEnds(
            id,
            "node " + id + " was removed",
            () -> true,
            view -> {
              if (!force) {
                account.refuseUnlessIdle(id);
              }
              long epoch = register.remove(view, id, force, principal);
              account.expel(id);
              expelled.set(true);
              return epoch;
            })
        .whenComplete((_, failure) -> {
          // What was refused has expelled nobody; another removal may have.
          if (failure != null && expelled.get()) {
            account.spare(id);
          }
        })
        .thenAccept(_ -> forget(id));
  }

  private void forget(String id) {
    LiveNode node = account.forget(id);
    if (node != null) {
      node.session.removed();
      LOG.info("Node {} was removed (epoch {})", id, node.epoch);
    }
  }

  /** Takes from nodes whose time to drain is over what they still run. */
  void tick(PartitionRequests partition) {
    account
        .overdue()
        .forEach((id, held) -> {
          LOG.info("The time of node {} to drain is over; {} tasks go elsewhere", id, held.size());
          String reason = "the time of node " + id + " to drain was over";
          for (AttemptToken token : held) {
            partition.report(
                new Command.ReportReturned(token, reason, Command.Return.MOVED), token.execution());
          }
        });
  }
}
