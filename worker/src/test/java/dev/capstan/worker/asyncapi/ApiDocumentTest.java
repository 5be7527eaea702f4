package dev.capstan.worker.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Arguments;
import dev.capstan.worker.executor.Json;
import dev.capstan.worker.executor.TaskFault;
import dev.capstan.worker.http.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What documents say of a call: AsyncAPI 2.6 and 3.0. */
class ApiDocumentTest {

  private static final String SECOND =
      """
      asyncapi: 2.6.0
      defaultContentType: application/json
      servers:
        prod:
          url: 'mqtt://{region}.example.com:{port}/base'
          protocol: mqtt
          protocolVersion: '5.0'
          variables:
            region: { enum: [ eu, us ], default: us }
            port: { default: 1883 }
          bindings: { mqtt: { clientId: fixed, keepAlive: 60 } }
        tls: { $ref: '#/components/servers/tls' }
      channels:
        'lights/{id}/on':
          servers: [ prod, tls ]
          parameters:
            id: { $ref: '#/components/parameters/id' }
          publish:
            operationId: turnOn
            traits: [ { $ref: '#/components/operationTraits/once' } ]
            message:
              oneOf: [ { $ref: '#/components/messages/on' }, { name: other } ]
          subscribe:
            operationId: hearOn
            message: { $ref: '#/components/messages/on' }
        plain: { subscribe: { message: { payload: {} } } }
      components:
        servers: { tls: { url: 'broker:8883', protocol: secure-mqtt } }
        parameters: { id: { location: '$message.payload#/light/id', schema: { default: any } } }
        operationTraits: { once: { bindings: { mqtt: { qos: 2 } } } }
        messages:
          on:
            contentType: application/vnd.light+json
            correlationId: { $ref: '#/components/correlationIds/trace' }
            bindings: { mqtt: { payloadFormatIndicator: 1 } }
        correlationIds: { trace: { location: '$message.header#/traceId' } }
      """;

  private final Transports transports = Transports.all(new Transport("test"), 1024);

  private static ApiDocument document(String text) {
    return ApiDocument.of(
        text.getBytes(StandardCharsets.UTF_8), URI.create("https://example.com/asyncapi?key=s"));
  }

  private static Arguments arguments(String json) {
    return Arguments.of((ObjectNode) json(json));
  }

  private static JsonNode json(String text) {
    try {
      return Json.read(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Endpoint endpoint(ApiDocument.Target target, String arguments) {
    Arguments given = arguments(arguments);
    Server server = Server.of(target, given, transports);
    return Route.of(target, server, new Messages(target), given, null);
  }

  @Nested
  class Version2 {

    @Test
    void anOperationHasItsChannelItsServersAndItsBindings() {
      Endpoint endpoint =
          endpoint(
              document(SECOND).operation("turnOn"),
              "{\"protocol\":\"mqtt\",\"server\":{\"name\":\"prod\",\"variables\":{\"region\":\"eu\"}},\"message\":{\"payload\":{\"light\":{\"id\":7}}}}");

      assertThat(endpoint.server()).hasToString("mqtt://eu.example.com:1883/base");
      assertThat(endpoint.address()).isEqualTo("lights/7/on");
      assertThat(endpoint.serverBinding())
          .isEqualTo(json("{\"clientId\":\"fixed\",\"keepAlive\":60}"));
      assertThat(endpoint.operationBinding()).isEqualTo(json("{\"qos\":2}"));
      assertThat(endpoint.messageBinding()).isEqualTo(json("{\"payloadFormatIndicator\":1}"));
      assertThat(endpoint.channelBinding().isMissingNode()).isTrue();
    }

    @Test
    void aServerWithoutASchemeGetsItsProtocolAndAParameterItsDefault() {
      Endpoint endpoint =
          endpoint(document(SECOND).operation("hearOn"), "{\"server\":{\"name\":\"tls\"}}");

      assertThat(endpoint.protocol()).isEqualTo("secure-mqtt");
      assertThat(endpoint.server()).hasToString("secure-mqtt://broker:8883");
      assertThat(endpoint.address()).isEqualTo("lights/any/on");
    }

    @Test
    void aChannelIsPublishedToByWhatItCallsPublishAndElseByWhatItHas() {
      ApiDocument document = document(SECOND);

      assertThat(document.channel("lights/{id}/on", true).operation().path("operationId").asText())
          .isEqualTo("turnOn");
      assertThat(document.channel("lights/{id}/on", false).operation().path("operationId").asText())
          .isEqualTo("hearOn");
      assertThat(document.channel("plain", true).messages()).hasSize(1);
      assertThat(document.channel("plain", true).servers().keySet()).containsExactly("prod", "tls");
    }

    @Test
    void aProtocolIsSpokenWithTlsOrWithoutAndInTheVersionThatIsWanted() {
      ApiDocument.Target target = document(SECOND).operation("turnOn");

      assertThat(
              Server.of(target, arguments("{\"protocol\":\"mqtt5\"}"), transports).uri().getHost())
          .isEqualTo("us.example.com");
      assertThat(Protocols.matches("ws", "wss", "")).isTrue();
      assertThat(Protocols.matches("kafka", "kafka-secure", "")).isTrue();
      assertThat(Protocols.matches("mqtt5", "mqtt", "3.1.1")).isFalse();
    }

    @Test
    void aVariableThatIsNotAllowedIsNamed() {
      ApiDocument.Target target = document(SECOND).operation("turnOn");

      assertThatThrownBy(() ->
              Server.of(
                  target,
                  arguments("{\"server\":{\"name\":\"prod\",\"variables\":{\"region\":\"asia\"}}}"),
                  transports))
          .isInstanceOf(TaskFault.class)
          .hasMessageContaining("'server.variables.region' is 'asia'");
    }
  }

  @Nested
  class MessagesOfIt {

    private final Messages messages = new Messages(document(SECOND).operation("turnOn"));

    @Test
    void theTypeAndTheCorrelationIdOfWhatIsSentAreThoseOfTheDocument() {
      WireMessage sent =
          messages.outgoing(json("{\"a\":1}"), json("{\"traceId\":\"t\",\"n\":1,\"none\":null}"));

      assertThat(sent.contentType()).isEqualTo("application/vnd.light+json");
      assertThat(sent.correlationId()).isEqualTo("t");
      assertThat(sent.headers()).isEqualTo(Map.of("traceId", "t", "n", "1"));
      assertThat(new String(sent.payload(), StandardCharsets.UTF_8)).isEqualTo("{\"a\":1}");
      WireMessage empty = messages.outgoing(MissingNode.getInstance(), Json.object());
      assertThat(empty.payload()).isEmpty();
      assertThat(empty.contentType()).isNull();
    }

    @Test
    void whatComesIsReadByItsOwnTypeFirst() {
      assertThat(shown("{\"a\":1}", null)).isEqualTo("{\"payload\":{\"a\":1},\"headers\":{}}");
      assertThat(shown("5", "text/plain")).isEqualTo("{\"payload\":\"5\",\"headers\":{}}");
      assertThat(shown("no JSON", null)).isEqualTo("{\"payload\":\"no JSON\",\"headers\":{}}");
    }

    @Test
    void theCorrelationIdIsWhereTheDocumentSaysAndElseWhatTheProtocolHas() {
      byte[] payload = "{}".getBytes(StandardCharsets.UTF_8);

      assertThat(messages.incoming(new WireMessage(payload, Map.of("TRACEID", "t"), null, "w")))
          .isEqualTo(
              json("{\"payload\":{},\"headers\":{\"TRACEID\":\"t\"},\"correlationId\":\"t\"}"));
      assertThat(messages.incoming(new WireMessage(payload, Map.of(), null, "w")))
          .isEqualTo(json("{\"payload\":{},\"headers\":{},\"correlationId\":\"w\"}"));
    }

    private String shown(String payload, @org.jspecify.annotations.Nullable String type) {
      return messages
          .incoming(new WireMessage(payload.getBytes(StandardCharsets.UTF_8), Map.of(), type, null))
          .toString();
    }
  }

  @Nested
  class Version3 {

    private static final String THIRD =
        """
        {"asyncapi":"3.0.0",
         "servers":{"a":{"host":"a.example.com:{port}","pathname":"/v1","protocol":"wss","variables":{"port":{"default":"8443"}}},
                    "b":{"host":"b.example.com","protocol":"http"}},
         "channels":{
           "user":{"address":"/users/{id}/signedUp","servers":[{"$ref":"#/servers/a"}],
             "parameters":{"id":{"enum":["x y","z"],"default":"x y"}},
             "messages":{"in":{"$ref":"#/components/messages/in"},"out":{"contentType":"text/plain"}},
             "bindings":{"ws":{"method":"GET"}}},
           "nowhere":{"address":null}},
         "operations":{
           "hear":{"action":"send","channel":{"$ref":"#/channels/user"},"messages":[{"$ref":"#/channels/user/messages/in"}]},
           "all":{"action":"receive","channel":{"$ref":"#/channels/user"}},
           "circle":{"channel":{"$ref":"#/operations/circle/channel"}},
           "away":{"channel":{"$ref":"https://example.com/other.json#/x"}}},
         "components":{"messages":{"in":{"traits":[{"contentType":"application/json","correlationId":{"location":"$message.payload#/a/b"}}]}}}}
        """;

    @Test
    void anOperationHasTheServersOfItsChannelAndItsOwnMessages() {
      ApiDocument.Target target = document(THIRD).operation("hear");
      Endpoint endpoint = endpoint(target, "{}");

      assertThat(endpoint.protocol()).isEqualTo("wss");
      assertThat(endpoint.server()).hasToString("wss://a.example.com:8443/v1");
      assertThat(endpoint.address())
          .as("encoded, as part of a URI")
          .isEqualTo("/users/x%20y/signedUp");
      assertThat(endpoint.channelBinding()).isEqualTo(json("{\"method\":\"GET\"}"));
      assertThat(target.messages()).hasSize(1);
      assertThat(
              new Messages(target)
                  .outgoing(json("{\"a\":{\"b\":5}}"), Json.object())
                  .correlationId())
          .isEqualTo("5");
      assertThat(document(THIRD).operation("all").messages()).hasSize(2);
    }

    @Test
    void aChannelWithoutServersIsOnAllAndOneWithoutAnAddressHasNone() {
      Endpoint endpoint =
          endpoint(document(THIRD).channel("nowhere", true), "{\"protocol\":\"http\"}");

      assertThat(endpoint.server()).hasToString("http://b.example.com");
      assertThat(endpoint.address()).isEmpty();
    }

    @Test
    void referencesThatLeadNowhereAreErrorsOfTheDocument() {
      ApiDocument document = document(THIRD);

      assertThatThrownBy(() -> document.operation("circle"))
          .isInstanceOf(TaskFault.class)
          .hasMessageContaining("Unusable AsyncAPI document")
          .hasMessageContaining("in a circle");
      assertThatThrownBy(() -> document.operation("away"))
          .hasMessageContaining("only references within the document");
    }

    @Test
    void otherVersionsAreRefusedWithoutWhatMayBeSecretInTheirPlace() {
      assertThatThrownBy(() -> document("asyncapi: 1.2.0"))
          .isInstanceOf(TaskFault.class)
          .hasMessageContaining("https://example.com/asyncapi is of version '1.2.0'")
          .hasMessageNotContaining("key=s");
    }
  }
}
