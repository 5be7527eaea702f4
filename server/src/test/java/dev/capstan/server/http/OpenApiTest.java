package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.server.gateway.MemoryGateway;
import dev.capstan.server.http.json.JsonText;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class OpenApiTest {
  private static final Path CHECKED_IN = Path.of("../docs/openapi.json");

  private final List<Operation> operations =
      Api.operations(new MemoryGateway(), () -> "", new OpenStreams());
  private final JsonNode document = new OpenApi(operations).document();

  /**
   * With {@code -Dcapstan.regenerate=true} the file is written instead; look at the difference
   * before it is committed.
   */
  @Test
  void theCheckedInDocumentIsTheOneThatIsServed() throws IOException {
    String now = JsonText.pretty(document) + "\n";
    if (Boolean.getBoolean("capstan.regenerate")) {
      Files.writeString(CHECKED_IN, now);
    }
    assertThat(Files.readString(CHECKED_IN)).isEqualTo(now);
  }

  @Test
  void everyOperationIsDescribedInFull() {
    Set<String> ids = new HashSet<>();
    for (Operation operation : operations) {
      assertThat(ids.add(operation.id())).as(operation.id()).isTrue();
      assertThat(operation.summary()).as(operation.id()).isNotEmpty();
      assertThat(operation.permission()).as(operation.id()).isNotEmpty();
      assertThat(operation.replies()).as(operation.id()).isNotEmpty();
      assertThat(declaredInPath(operation)).as(operation.id()).isEqualTo(namedInPath(operation));
      JsonNode json =
          document
              .path("paths")
              .path(operation.path())
              .path(operation.method().toLowerCase(java.util.Locale.ROOT));
      assertThat(
              json.at("/responses/500/content/application~1problem+json/schema/$ref").textValue())
          .isEqualTo("#/components/schemas/Problem");
    }
  }

  private static Set<String> declaredInPath(Operation operation) {
    Set<String> names = new HashSet<>();
    for (Parameter parameter : operation.parameters()) {
      if (parameter.place() == Parameter.Place.PATH) {
        names.add("{" + parameter.name() + "}");
      }
    }
    return names;
  }

  private static Set<String> namedInPath(Operation operation) {
    Set<String> names = new HashSet<>(operation.segments());
    names.removeIf(name -> !name.startsWith("{"));
    return names;
  }

  @Test
  void everyReferenceHasItsSchema() {
    for (JsonNode reference : document.findValues("$ref")) {
      assertThat(document.at(reference.textValue().substring(1)).isObject())
          .as(reference.textValue())
          .isTrue();
    }
  }

  @Test
  void everyOperationAnswersWithOneOfItsStatuses() {
    try (TestServer server = new TestServer()) {
      server.start();
      for (Operation operation : operations) {
        HttpResponse<String> response = call(server, operation);
        Set<Integer> documented = new HashSet<>();
        operation.replies().forEach(reply -> documented.add(reply.status()));

        assertThat(documented)
            .as(operation.id() + ": " + response.body())
            .contains(response.statusCode());
        assertThat(response.headers().firstValue("Content-Type").isPresent())
            .as(operation.id())
            .isEqualTo(response.statusCode() != 204);
      }
      assertThat(json(server.get("/openapi.json"))).isEqualTo(json(document.toString()));
    }
  }

  private static HttpResponse<String> call(TestServer server, Operation operation) {
    boolean control =
        operation.path().startsWith("/v1/executions/{id}/") && operation.method().equals("POST");
    String id = control ? controlled(server, operation.id()) : "run-1";
    String path =
        operation
            .path()
            .replace("{id}", idIn(operation, id))
            .replace("{namespace}", "shop")
            .replace("{name}", "order")
            .replace("{version}", "1.0.0")
            .replace("{code}", "CAP-2002");
    if (operation.id().equals("dispatchTask")) {
      path += "?wait=1ms";
    }
    if (operation.method().equals("GET")) {
      return server.get(path);
    }
    if (operation.id().equals("removeNode")) {
      server.call("POST", path + "/drain");
    }
    if (operation.method().equals("DELETE")) {
      return server.call("DELETE", path);
    }
    String mediaType =
        operation.id().equals("publishEvents")
            ? "application/cloudevents+json"
            : "application/json";
    return server.send(
        server
            .request(path)
            .header("Content-Type", mediaType)
            .POST(BodyPublishers.ofString(body(operation)))
            .build());
  }

  private static String idIn(Operation operation, String execution) {
    if (operation.path().startsWith("/v1/nodes")) {
      return "n-1";
    }
    if (operation.path().startsWith("/v1/tasks")
        || operation.path().startsWith("/v1/human-tasks")
        || operation.path().startsWith("/v1/work")) {
      return execution + ":1";
    }
    return operation.path().startsWith("/v1/cluster/coordinators") ? "c2" : execution;
  }

  /** An execution of its own for an operation that changes one. */
  private static String controlled(TestServer server, String operation) {
    String id = "for-" + operation;
    server.post(
        "/v1/executions",
        "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"},\"id\":\"" + id + "\"}");
    return id;
  }

  private static String body(Operation operation) {
    return switch (operation.id()) {
      case "deployDefinition" -> "{\"document\": {\"namespace\": \"shop\", \"name\": \"by-json\"}}";
      case "startExecution" -> "{\"workflow\":{\"namespace\":\"shop\",\"name\":\"order\"}}";
      case "startTask", "dispatchTask" -> "{\"task\": {\"call\": \"http\"}}";
      case "takeWork" -> "{\"worker\": \"w\", \"functions\": [\"f\"]}";
      case "heartbeatWork", "completeWork" -> "{\"token\": \"1.1\"}";
      case "failWork" -> "{\"token\": \"1.1\", \"error\": {\"type\": \"https://example.com/e\"}}";
      case "completeHumanTask" -> "{\"decision\": true}";
      case "assignHumanTask" -> "{\"assignee\": \"ada\"}";
      case "labelNode" -> "{\"set\": {\"zone\": \"b\"}, \"remove\": [\"gpu\"]}";
      case "migrateExecution" -> "{\"version\": \"1.1.0\", \"dryRun\": true}";
      case "createJoinToken" -> "{\"role\": \"worker\"}";
      case "createKey" -> "{\"principal\": \"payments\", \"role\": \"worker\"}";
      case "publishEvents" ->
          "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}";
      default -> "{\"reason\": \"a test\"}";
    };
  }
}
