package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class NodeOperationsTest {
  private final TestServer server = new TestServer();

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aNodeIsDrainedCordonedAndUncordonedByIdOrName() {
    HttpResponse<String> drained = server.call("POST", "/v1/nodes/worker-1/drain");
    assertThat(drained.statusCode()).isEqualTo(200);
    assertThat(json(drained).path("id").textValue()).isEqualTo("n-1");
    assertThat(json(drained).path("admission").textValue()).isEqualTo("draining");
    assertThat(json(server.call("POST", "/v1/nodes/n-1/cordon")).path("admission").textValue())
        .isEqualTo("cordoned");
    assertThat(json(server.call("POST", "/v1/nodes/n-1/uncordon")).path("admission").textValue())
        .isEqualTo("open");
  }

  @Test
  void aDrainMayHaveADeadline() {
    assertThat(json(server.call("POST", "/v1/nodes/n-1/drain")).has("drainBy")).isFalse();
    JsonNode drained = json(server.call("POST", "/v1/nodes/n-1/drain?deadline=90s"));
    assertThat(drained.path("drainBy").textValue()).isNotEmpty();
    HttpResponse<String> refused = server.call("POST", "/v1/nodes/n-1/drain?deadline=soon");
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(json(refused).path("detail").textValue()).contains("no duration");
  }

  @Test
  void labelsAreGivenAndTaken() {
    JsonNode labelled =
        json(
            server.post(
                "/v1/nodes/worker-1/labels", "{\"set\":{\"gpu\":\"1\"},\"remove\":[\"zone\"]}"));
    assertThat(labelled.path("labels").toString()).isEqualTo("{\"gpu\":\"1\"}");
    assertThat(labelled.path("found").path("python3").textValue()).isEqualTo("true");
    HttpResponse<String> refused = server.post("/v1/nodes/worker-1/labels", "{}");
    assertThat(refused.statusCode()).isEqualTo(400);
  }

  @Test
  void aNodeThatTakesTasksIsNotForgottenAndADrainedOneIs() {
    HttpResponse<String> refused = server.call("DELETE", "/v1/nodes/n-1");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(json(refused).path("code").textValue()).isEqualTo("CAP-2006");
    assertThat(json(refused).path("hint").textValue()).isNotEmpty();

    server.call("POST", "/v1/nodes/n-1/drain");
    HttpResponse<String> removed = server.call("DELETE", "/v1/nodes/n-1");
    assertThat(removed.statusCode()).isEqualTo(204);
    assertThat(removed.body()).isEmpty();
  }

  @Test
  void anUnknownNodeIsRefusedWithTheNearestName() {
    HttpResponse<String> refused = server.call("POST", "/v1/nodes/worker-2/drain");
    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(json(refused).path("hint").textValue()).contains("worker-1");
  }

  /** Not the nearest worker: what is meant for one must not be done to the other. */
  @Test
  void whoNamesACoordinatorIsToldThatItIsOne() {
    for (String method : List.of("DELETE /v1/nodes/c1", "POST /v1/nodes/c1/drain")) {
      HttpResponse<String> refused = server.call(method.split(" ")[0], method.split(" ")[1]);

      assertThat(refused.statusCode()).as(method).isEqualTo(404);
      assertThat(json(refused).path("detail").textValue()).contains("that is a coordinator");
      assertThat(json(refused).path("hint").textValue()).contains("capstan cluster drain c1");
    }
  }

  @Test
  void anotherMethodIsToldWhatIsPossible() {
    assertThat(server.call("PUT", "/v1/nodes/n-1").headers().firstValue("Allow"))
        .hasValue("GET, DELETE, HEAD, OPTIONS");
  }
}
