package dev.capstan.server.engine;

import dev.capstan.core.execution.Execution;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.WorkflowReference;
import dev.capstan.core.migration.Change;
import dev.capstan.core.migration.Plan;
import dev.capstan.core.migration.Problem;
import dev.capstan.dsl.source.Position;
import dev.capstan.dsl.source.SourceDocument;
import dev.capstan.dsl.source.SourceException;
import dev.capstan.dsl.source.SourceLimits;
import dev.capstan.dsl.source.SourceReader;
import dev.capstan.server.gateway.Gateway.MigrationRequest;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.MigrationView;
import dev.capstan.server.partition.DefinitionCache;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.PartitionReader;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.Summary;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Moves of executions to other versions of their workflows. What a move means is read from the
 * committed history, on the caller's thread, so that asking for it costs the partition nothing; the
 * partition decides it once more when it moves. The caller has made certain that what is read here
 * is current: most answers follow from no change.
 */
final class Migrations {
  private final PartitionRequests partition;
  private final PartitionReader reader;
  private final NamedWorkflows named;
  private final DefinitionCache definitions;

  Migrations(
      PartitionRequests partition,
      PartitionReader reader,
      NamedWorkflows named,
      DefinitionCache definitions) {
    this.partition = partition;
    this.reader = reader;
    this.named = named;
    this.definitions = definitions;
  }

  CompletableFuture<MigrationView> migrate(
      Principal principal, Summary summary, MigrationRequest request) {
    WorkflowReference present = summary.workflow();
    return named
        .find(present.namespace(), present.name(), request.version())
        .thenCompose(to -> migrate(principal, summary, to, request));
  }

  private CompletableFuture<MigrationView> migrate(
      Principal principal, Summary summary, Definitions.Deployed to, MigrationRequest request) {
    Execution execution = reader.replay(summary.id());
    if (execution == null) {
      throw new Refusal(Refusal.Code.NOT_FOUND, "There is no execution " + summary.id());
    }
    Status status = execution.status();
    if (status.hasEnded() && status != Status.FAULTED) {
      throw new Refusal(
          Refusal.Code.WRONG_STATE,
          "Execution " + summary.id() + " is " + status.word() + " already",
          "Only an execution that is under way, or has faulted, has anything to move");
    }
    Plan plan = Plan.of(execution, to.definition(), request.map());
    if (request.dryRun() || !plan.canMove() || plan.isThere()) {
      return CompletableFuture.completedFuture(view(summary.id(), plan, false, summary.revision()));
    }
    return partition
        .migrate(new PartitionRequests.Move(summary.id(), to, request.map(), principal.name()))
        .thenApply(after -> view(summary.id(), plan, true, after.revision()));
  }

  private MigrationView view(String execution, Plan plan, boolean moved, long revision) {
    SourceDocument source = plan.problems().isEmpty() ? null : source(plan.from().hash());
    return new MigrationView(
        execution,
        plan.from().version(),
        plan.to().version(),
        plan.canMove(),
        moved,
        plan.problems().stream().map(problem -> view(problem, source)).toList(),
        plan.changes().stream().map(Migrations::view).toList(),
        revision);
  }

  private static MigrationView.Problem view(Problem problem, @Nullable SourceDocument source) {
    Position position =
        source == null ? Position.UNKNOWN : source.keyPositionOf(problem.reference());
    return new MigrationView.Problem(problem.reference(), position.line(), problem.reason());
  }

  private static MigrationView.Change view(Change change) {
    return new MigrationView.Change(change.kind().word(), change.reference(), change.to());
  }

  /** The text with its lines; null where it can't be had. */
  private @Nullable SourceDocument source(String hash) {
    Definitions.Deployed from = definitions.find(hash);
    try {
      return from == null
          ? null
          : SourceReader.read(from.text(), "definition", SourceLimits.DEFAULT);
    } catch (SourceException e) {
      return null;
    }
  }
}
