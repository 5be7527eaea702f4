package dev.capstan.cli.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.cli.live.ExecutionSource;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionWatcher;
import dev.capstan.client.StartRequest;
import dev.capstan.client.Started;
import dev.capstan.client.WorkflowName;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.Views.ExecutionView;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Executions of an engine inside this process. */
public final class EmbeddedSource implements ExecutionSource {
  private final EmbeddedEngine engine;

  /** The engine is closed with the source. */
  public EmbeddedSource(EmbeddedEngine engine) {
    this.engine = engine;
  }

  @Override
  public Started start(StartRequest request) {
    WorkflowName name = request.workflow();
    JsonNode input = request.input();
    Gateway.StartRequest start =
        new Gateway.StartRequest(
            request.definition(),
            name == null ? null : name.namespace(),
            name == null ? null : name.name(),
            name == null ? null : name.version(),
            input == null ? JsonNodeFactory.instance.objectNode() : input,
            request.id(),
            null,
            request.labels(),
            request.deadline());
    try {
      ExecutionView view = CapstanClient.await(engine.gateway().start(Principal.LOCAL, start));
      return new Started(GatewayValues.execution(view), view.replayed());
    } catch (Refusal refusal) {
      throw engine.explain(refusal);
    } catch (CompletionException e) {
      throw e.getCause() instanceof Refusal refusal ? engine.explain(refusal) : e;
    }
  }

  @Override
  public CompletableFuture<Execution> follow(String id, ExecutionWatcher watcher) {
    CompletableFuture<Execution> end = new CompletableFuture<>();
    Relay relay = new Relay(watcher, end, engine::explain);
    var _ = engine.failure().thenAccept(end::completeExceptionally);
    try {
      Gateway.Watch watch = engine.gateway().watch(Principal.LOCAL, id, 0, relay);
      var _ = end.whenComplete((@Nullable Execution _, @Nullable Throwable _) -> watch.close());
    } catch (Refusal refusal) {
      end.completeExceptionally(engine.explain(refusal));
    }
    return end;
  }

  @Override
  public void close() {
    engine.close();
  }
}
