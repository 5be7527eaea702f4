package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DefinitionOperationsTest {
  private TestServer server;

  @BeforeAll
  void start() {
    server = new TestServer();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  private HttpResponse<String> deploy(String path, String text) {
    return server.send(
        server
            .request(path)
            .header("Content-Type", "application/yaml")
            .POST(BodyPublishers.ofString(text))
            .build());
  }

  @Test
  void aDeployedDefinitionHasAPlace() {
    HttpResponse<String> response = deploy("/v1/definitions", TestServer.DEFINITION);

    assertThat(response.statusCode()).isEqualTo(201);
    assertThat(response.headers().firstValue("Location"))
        .hasValue("/v1/definitions/shop/order/1.0.0");
    assertThat(server.get("/v1/definitions/shop/order/1.0.0").statusCode()).isEqualTo(200);
  }

  @Test
  void anotherTextUnderTheSameVersionIsRefused() {
    deploy("/v1/definitions", TestServer.DEFINITION);

    assertThat(deploy("/v1/definitions", TestServer.DEFINITION + "# more\n").statusCode())
        .isEqualTo(409);
  }

  @Test
  void aCheckDeploysNothing() {
    HttpResponse<String> fine =
        deploy("/v1/definitions?validate=true", "document: {namespace: x, name: only-checked}");
    HttpResponse<String> faulty =
        deploy("/v1/definitions?dryRun&source=orders.yaml", "document: {}");

    assertThat(json(fine).get("valid").booleanValue()).isTrue();
    assertThat(server.get("/v1/definitions/x/only-checked").statusCode()).isEqualTo(404);
    assertThat(faulty.statusCode()).isEqualTo(400);
    JsonNode fault = json(faulty).at("/errors/0");
    assertThat(fault.get("pointer").textValue()).isEqualTo("/document/name");
    assertThat(fault.get("line").intValue()).isEqualTo(1);
    assertThat(fault.get("detail").textValue()).contains("orders.yaml");
  }

  @Test
  void theTextAloneComesToThoseWhoAskForYaml() {
    deploy("/v1/definitions", TestServer.DEFINITION);

    HttpResponse<String> yaml =
        server.send(
            server
                .request("/v1/definitions/shop/order")
                .header("Accept", "application/yaml")
                .build());

    assertThat(yaml.body()).isEqualTo(TestServer.DEFINITION);
    assertThat(yaml.headers().firstValue("Content-Type")).hasValue("application/yaml");
    assertThat(json(server.get("/v1/definitions/shop/order")).get("text").textValue())
        .isEqualTo(TestServer.DEFINITION);
  }

  @Test
  void listsHaveNoTextAndAreFilteredByNamespace() {
    deploy("/v1/definitions", TestServer.DEFINITION);
    deploy("/v1/definitions", "document: {namespace: other, name: thing}");

    JsonNode list = json(server.get("/v1/definitions?namespace=shop")).get("definitions");

    assertThat(list).hasSize(1);
    assertThat(list.get(0).has("text")).isFalse();
  }
}
