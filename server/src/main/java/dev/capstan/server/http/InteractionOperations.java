package dev.capstan.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Interactions;
import dev.capstan.server.gateway.Interactions.QueryNames;
import dev.capstan.server.gateway.Interactions.QueryView;
import dev.capstan.server.gateway.Interactions.UpdateView;
import dev.capstan.server.http.json.Described;
import dev.capstan.server.http.json.JsonText;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What programs say to a running execution, and ask of it: updates and queries. */
final class InteractionOperations {
  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(10);
  private static final Parameter ID = Parameter.path("id", "Id of the execution");
  private static final Parameter NAME = Parameter.path("name", "Name in the definition");

  private final Interactions interactions;

  InteractionOperations(Gateway gateway) {
    this.interactions = gateway.interactions();
  }

  @Described("What came of an update")
  record Update(
      String execution,
      String name,
      @Described("Id of the task that took it") String task,
      @Described("Whether the answer was there in time") boolean answered,
      @Described(
              "Output of its handler, or of the task where it has none; none while there is no answer")
          @Nullable JsonNode answer,
      @Described("Whether it had been taken before, under the same key") boolean replayed) {}

  @Described("What may be asked of an execution")
  record QueryList(List<String> queries) {}

  @Described("The answer of an execution")
  record Query(String execution, String name, JsonNode value) {}

  List<Operation> operations() {
    return List.of(
        Operation.post("/v1/executions/{id}/updates/{name}", "updateExecution")
            .reach(Reach.EXECUTION)
            .tag("executions", Permissions.EXECUTIONS_UPDATE)
            .summary("Sends an update to the task that listens for it, and waits for its answer")
            .with(ID)
            .with(NAME)
            .with(
                Parameter.query(
                    "wait",
                    Parameter.Kind.DURATION,
                    "Answer after this time though there is no answer yet; 10s without it"))
            .with(
                Parameter.header(
                    "Idempotency-Key",
                    "The same key is the same update, taken once and answered each time"))
            .takes(new Operation.RequestBody(List.of("application/json"), null, false))
            .gives(200, "It was taken and answered", Update.class)
            .gives(202, "It was taken; send it again with its key for the answer", Update.class)
            .watches()
            .handledBy(this::update),
        Operation.get("/v1/executions/{id}/queries", "listQueries")
            .reach(Reach.EXECUTION)
            .tag("executions", Permissions.EXECUTIONS_READ)
            .summary("Lists what may be asked of an execution")
            .with(ID)
            .gives(200, "Names of queries", QueryList.class)
            .handledBy(this::queries),
        Operation.get("/v1/executions/{id}/queries/{name}", "queryExecution")
            .reach(Reach.EXECUTION)
            .tag("executions", Permissions.EXECUTIONS_READ)
            .summary("Asks an execution, also one that has ended")
            .with(ID)
            .with(NAME)
            .gives(200, "The answer", Query.class)
            .handledBy(this::query));
  }

  private Answer update(Call call) throws InterruptedException {
    Duration wait = Objects.requireNonNullElse(call.maxWait(), ANSWERED_WITHIN);
    byte[] body = call.body();
    JsonNode input =
        body.length == 0 ? JsonNodeFactory.instance.objectNode() : JsonText.parse(body);
    Interactions.UpdateRequest request =
        new Interactions.UpdateRequest(
            call.path("id"), call.path("name"), input, call.idempotencyKey(), wait);
    UpdateView view = call.await(interactions.update(call.principal(), request), wait);
    return Answer.json(
            view.answered() ? 200 : 202,
            new Update(
                request.execution(),
                request.name(),
                view.task().toString(),
                view.answered(),
                view.answer(),
                view.replayed()))
        .asOf(view.revision());
  }

  private Answer queries(Call call) {
    QueryNames names = interactions.queries(call.principal(), call.path("id"));
    return Answer.json(200, new QueryList(names.names())).asOf(names.revision());
  }

  private Answer query(Call call) {
    String execution = call.path("id");
    String name = call.path("name");
    QueryView view = interactions.query(call.principal(), execution, name);
    return Answer.json(200, new Query(execution, name, view.value())).asOf(view.revision());
  }
}
