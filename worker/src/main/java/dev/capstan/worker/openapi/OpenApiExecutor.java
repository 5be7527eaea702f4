package dev.capstan.worker.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Attempt;
import dev.capstan.worker.executor.Executor;
import dev.capstan.worker.executor.Limits;
import dev.capstan.worker.executor.Outcome;
import dev.capstan.worker.http.HttpCaller;
import dev.capstan.worker.http.Resources;
import java.util.List;

/**
 * Runs {@code call:openapi} (DSL reference, OpenAPI call): finds the operation in its document and
 * makes an HTTP call of it, with the output, redirections, authentication and errors of {@code
 * call:http}. A document that can't be fetched is a {@code communication} error, one that does not
 * describe the operation a {@code configuration} error, and parameters that do not fit the
 * operation are a {@code validation} error. Values are not checked against their schemas: the
 * server does that.
 */
public final class OpenApiExecutor implements Executor {

  private static final List<String> OF_THE_CALL = List.of("output", "redirect");

  private final HttpCaller caller;
  private final Documents documents;

  /** Documents are as large as {@code limits} lets responses be. */
  public OpenApiExecutor(HttpCaller caller, Resources resources, Limits limits) {
    this.caller = caller;
    this.documents = new Documents(resources, limits.responseBytes(), System::nanoTime);
  }

  @Override
  public List<String> kinds() {
    return List.of("call:openapi");
  }

  @Override
  public Outcome run(Attempt attempt) throws InterruptedException {
    Arguments arguments = Arguments.of(attempt);
    JsonNode endpoint = arguments.object("document").path("endpoint");
    if (endpoint.isMissingNode() || endpoint.isNull()) {
      throw Arguments.wrong("'document.endpoint' is required.");
    }
    String operationId = arguments.text("operationId");
    JsonNode parameters = arguments.object("parameters");
    Operation operation = documents.get(endpoint).operation(operationId);
    Binding binding = Binding.of(operation, parameters);
    ObjectNode call = binding.call(arguments.get("authentication"));
    for (String field : OF_THE_CALL) {
      JsonNode value = arguments.get(field);
      if (!value.isMissingNode()) {
        call.set(field, value);
      }
    }
    return caller.call(attempt, Arguments.of(call), binding.secrets());
  }

  @Override
  public void close() {
    caller.close();
  }
}
