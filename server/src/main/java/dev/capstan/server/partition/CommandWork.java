package dev.capstan.server.partition;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Decision;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A client's command to an execution. */
final class CommandWork implements Work {
  private final String execution;
  private final Command command;
  private final String principal;
  private final String operation;
  private final Definitions.@Nullable Deployed needs;
  private final CompletableFuture<Summary> future = new CompletableFuture<>();

  /**
   * @param needs a definition that the execution runs afterwards; null when it keeps its own
   */
  CommandWork(
      String execution,
      Command command,
      String principal,
      String operation,
      Definitions.@Nullable Deployed needs) {
    this.needs = needs;
    this.execution = execution;
    this.command = command;
    this.principal = principal;
    this.operation = operation;
  }

  CompletableFuture<Summary> future() {
    return future;
  }

  @Override
  public boolean proceed(Turn turn) {
    LiveExecution live = turn.find(execution);
    if (live == null) {
      throw new Refusal(Refusal.Code.NOT_FOUND, "There is no execution " + execution + ".");
    }
    if (needs != null) {
      turn.definitions().add(needs);
    }
    switch (turn.decide(live, command)) {
      case Decision.Rejected rejected ->
          throw new Refusal(Refusal.Code.WRONG_STATE, rejected.detail());
      case Decision.Accepted accepted -> {
        if (!accepted.events().isEmpty()) {
          turn.draft().audit(principal, operation, execution, "accepted", detail());
          if (needs != null) {
            turn.store(needs);
          }
        }
        turn.draft().answer(SummaryAnswer.of(live, future, summary -> summary));
      }
    }
    return true;
  }

  private @Nullable String detail() {
    return needs == null ? null : "to " + needs.definition().document().qualifiedName();
  }

  @Override
  public void refuse(Refusal reason) {
    future.completeExceptionally(reason);
  }
}
