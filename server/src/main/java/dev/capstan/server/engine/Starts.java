package dev.capstan.server.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.server.gateway.Gateway.Run;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.registry.DefinitionRegistry;
import dev.capstan.server.registry.DefinitionTexts;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts of executions that clients ask for: checks what is said, finds what is to run, and follows
 * to its end what somebody waits for. Any thread.
 */
final class Starts {
  private final Parts parts;

  /**
   * What it stands on.
   *
   * @param ids makes ids for executions
   * @param await completes when an execution of an id has ended, however long that takes
   */
  record Parts(
      PartitionRequests partition,
      DefinitionRegistry registry,
      NamedWorkflows named,
      RequestChecks checks,
      Waits waits,
      DispatchProbe probe,
      ExecutionViews views,
      Supplier<String> ids,
      Function<String, CompletableFuture<ExecutionView>> await) {}

  Starts(Parts parts) {
    this.parts = parts;
  }

  /** As {@link dev.capstan.server.gateway.Gateway#start}. */
  CompletableFuture<ExecutionView> start(Principal principal, StartRequest request) {
    return admit(principal, request)
        .thenCompose(start -> parts.partition().start(start))
        .thenApply(this::answer);
  }

  private ExecutionView answer(PartitionRequests.Started started) {
    ExecutionView view = parts.views().of(started.summary());
    return started.replayed() ? view.asReplay() : view;
  }

  /** As {@link dev.capstan.server.gateway.Gateway#run}. */
  Run run(Principal principal, StartRequest request) {
    CompletableFuture<ExecutionView> ended = new CompletableFuture<>();
    CompletableFuture<ExecutionView> started =
        admit(principal, request).thenCompose(start -> run(start, ended));
    var _ =
        started.whenComplete((_, failure) -> {
          if (failure != null) {
            ended.completeExceptionally(failure);
          }
        });
    return new Run(started, ended);
  }

  private CompletableFuture<ExecutionView> run(
      PartitionRequests.Start start, CompletableFuture<ExecutionView> ended) {
    // Begun before the start, so that no end is missed and nothing needs to be read.
    CompletableFuture<@Nullable Summary> end = parts.waits().follow(start.id());
    // Whoever gives up waiting, or is refused, leaves no wait behind.
    var _ = ended.whenComplete((_, _) -> end.cancel(false));
    return parts
        .partition()
        .start(start)
        .thenApply(result -> {
          follow(start, result.summary(), end, ended);
          return answer(result);
        });
  }

  private void follow(
      PartitionRequests.Start start,
      Summary found,
      CompletableFuture<@Nullable Summary> end,
      CompletableFuture<ExecutionView> ended) {
    if (!found.id().equals(start.id())) {
      end.cancel(false);
      var _ =
          parts
              .await()
              .apply(found.id())
              .whenComplete((view, failure) -> pass(view, failure, ended));
      return;
    }
    var _ =
        end.whenComplete((summary, failure) ->
            pass(summary == null ? null : parts.views().of(summary), failure, ended));
    if (found.status().hasEnded()) {
      end.complete(found);
    }
  }

  private static void pass(
      @Nullable ExecutionView view,
      @Nullable Throwable failure,
      CompletableFuture<ExecutionView> ended) {
    if (view != null) {
      ended.complete(view);
    } else if (failure != null) {
      ended.completeExceptionally(failure);
    }
  }

  private CompletableFuture<PartitionRequests.Start> admit(
      Principal principal, StartRequest request) {
    String wanted = request.id();
    String id = wanted == null ? parts.ids().get() : wanted;
    RequestChecks checks = parts.checks();
    if (wanted != null) {
      checks.id(id);
    }
    checks.key(request.key());
    checks.labels(request.labels());
    JsonNode input =
        request.input().isMissingNode() ? JsonNodeFactory.instance.objectNode() : request.input();
    checks.payload(input, "the input");
    boolean latest = request.definition() == null && NamedWorkflows.isLatest(request.version());
    return definition(request)
        .thenApply(runs -> {
          parts.probe().starts(id);
          return new PartitionRequests.Start(
              id,
              wanted == null,
              request.key(),
              runs.definition(),
              runs.text(),
              input,
              null,
              request.labels(),
              principal.name(),
              null,
              request.deadline(),
              latest);
        });
  }

  private CompletableFuture<Definitions.Deployed> definition(StartRequest request) {
    String text = request.definition();
    if (text != null) {
      if (request.name() != null) {
        throw new Refusal(
            Refusal.Code.INVALID_REQUEST,
            "A start has either a definition or the name of one, not both");
      }
      DefinitionTexts.Compiled inline = parts.registry().inline(text);
      return CompletableFuture.completedFuture(
          new Definitions.Deployed(inline.definition(), inline.text()));
    }
    String name = request.name();
    if (name == null || name.isEmpty()) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "A start needs the name of a definition",
          "workflow: {namespace, name, version}");
    }
    String namespace = Objects.requireNonNullElse(request.namespace(), "default");
    return parts.named().find(namespace, name, request.version());
  }
}
