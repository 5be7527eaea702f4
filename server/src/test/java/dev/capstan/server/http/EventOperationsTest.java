package dev.capstan.server.http;

import static dev.capstan.server.http.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EventOperationsTest {
  private static final String EVENT =
      "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/shop\",\"type\":\"paid\",\"data\":{\"a\":1}}";

  private TestServer server;

  @BeforeAll
  void start() {
    server = new TestServer();
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @BeforeEach
  void forget() {
    server.gateway.published.clear();
  }

  private HttpResponse<String> publish(String mediaType, String body) {
    return server.send(
        server
            .request("/v1/events")
            .header("Content-Type", mediaType)
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private JsonNode only() {
    assertThat(server.gateway.published).hasSize(1);
    return server.gateway.published.getFirst().json();
  }

  @Test
  void aStructuredEventIsPublished() {
    HttpResponse<String> response =
        publish("application/cloudevents+json; charset=utf-8", EVENT.formatted("1"));

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(json(response)).isEqualTo(json("{\"events\":1,\"executions\":1}"));
    assertThat(only()).isEqualTo(json(EVENT.formatted("1")));
  }

  @Test
  void aBatchIsPublishedTogetherAndAFaultNamesItsPlace() {
    String batch = "[" + EVENT.formatted("1") + "," + EVENT.formatted("2") + "]";

    assertThat(json(publish("application/cloudevents-batch+json", batch)).get("events").intValue())
        .isEqualTo(2);

    JsonNode problem =
        json(
            publish(
                "application/cloudevents-batch+json",
                "[" + EVENT.formatted("1") + ",{\"id\":\"2\"}]"));
    assertThat(problem.at("/errors/0/pointer").textValue()).isEqualTo("/1/specversion");
  }

  @Test
  void aBinaryEventHasItsAttributesInHeaders() {
    server.send(
        binary()
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"a\":1}"))
            .build());

    assertThat(only())
        .isEqualTo(
            json(
                """
                {"specversion": "1.0", "id": "7", "source": "/shop", "type": "paid", "subject": "grün",
                 "datacontenttype": "application/json", "data": {"a": 1}}
                """));
  }

  @Test
  void binaryDataThatIsNoTextIsKeptAsBase64() {
    server.send(
        binary()
            .header("Content-Type", "application/octet-stream")
            .POST(BodyPublishers.ofByteArray(new byte[] {1, 2, (byte) 255}))
            .build());

    assertThat(only().get("data_base64").textValue()).isEqualTo("AQL/");
  }

  private HttpRequest.Builder binary() {
    return server
        .request("/v1/events")
        .header("ce-specversion", "1.0")
        .header("ce-id", "7")
        .header("ce-source", "/shop")
        .header("ce-type", "paid")
        .header("ce-subject", "gr%C3%BCn");
  }

  @Test
  void whatIsNoCloudEventIsRefused() {
    String type = "application/cloudevents+json";
    assertThat(publish("application/json", "{}").statusCode()).isEqualTo(415);
    assertThat(publish(type, "[]").statusCode()).isEqualTo(400);
    assertThat(publish(type, EVENT.formatted("")).statusCode()).isEqualTo(400);
    assertThat(publish(type, EVENT.formatted("1").replace("1.0", "0.3")).statusCode())
        .isEqualTo(400);
    assertThat(publish(type, EVENT.formatted("1").replace("/shop", "a b")).statusCode())
        .isEqualTo(400);
    assertThat(
            publish(type, EVENT.formatted("1").replace("\"id\"", "\"time\":\"noon\",\"id\""))
                .statusCode())
        .isEqualTo(400);
    assertThat(
            publish(type, EVENT.formatted("1").replace("\"id\"", "\"Bad-Name\":1,\"id\""))
                .statusCode())
        .isEqualTo(400);
    assertThat(server.gateway.published).isEmpty();
  }
}
