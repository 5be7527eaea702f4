package dev.capstan.dsl.check;

import static dev.capstan.dsl.check.FieldsBuilder.object;

import dev.capstan.dsl.check.Shape.Fields;
import dev.capstan.dsl.check.Shape.Others;
import dev.capstan.dsl.check.Shape.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The part of the grammar about calls. */
final class CallGrammar {
  private CallGrammar() {}

  private static final Shape NAME = new Text(TextRole.PLAIN);

  private static final Map<String, Fields> PROTOCOLS = protocols();

  private static final Fields FUNCTION =
      TaskGrammar.task("call")
          .required("call", new Text(TextRole.FUNCTION))
          .optional("with", Grammar.OBJECT)
          .build();

  /** The shape of a call task by what it calls. */
  static Fields of(String function) {
    return PROTOCOLS.getOrDefault(function, FUNCTION);
  }

  /** What can be called besides functions. */
  static List<String> protocolNames() {
    return List.copyOf(PROTOCOLS.keySet());
  }

  private static Map<String, Fields> protocols() {
    Map<String, Fields> protocols = new LinkedHashMap<>();
    protocols.put("http", call("http", http()));
    protocols.put("openapi", call("openapi", openapi()));
    protocols.put("grpc", call("grpc", grpc()));
    protocols.put("asyncapi", call("asyncapi", asyncapi()));
    protocols.put("a2a", call("a2a", a2a()));
    protocols.put("mcp", call("mcp", mcp()));
    return protocols;
  }

  private static Fields call(String protocol, Shape with) {
    return object("a call of " + protocol)
        .all(TaskGrammar.BASE)
        .required("call", NAME)
        .required("with", with)
        .build();
  }

  private static Shape http() {
    return object("the arguments of an http call")
        .required("method", Grammar.TEXT)
        .required("endpoint", Grammar.ENDPOINT)
        .optional("headers", Grammar.TEXT_MAP_OR_EXPRESSION)
        .optional("body", Grammar.VALUE)
        .optional("query", Grammar.TEXT_MAP_OR_EXPRESSION)
        .optional("output", Grammar.OUTPUT_FORMAT)
        .optional("redirect", Grammar.FLAG)
        .build();
  }

  private static Shape openapi() {
    return object("the arguments of an openapi call")
        .required("document", Grammar.RESOURCE)
        .required("operationId", Grammar.TEXT)
        .optional("parameters", Grammar.OBJECT)
        .optional("authentication", Authentication.REFERENCEABLE)
        .optional("output", Grammar.OUTPUT_FORMAT)
        .optional("redirect", Grammar.FLAG)
        .build();
  }

  private static Shape grpc() {
    return object("the arguments of a grpc call")
        .required("proto", Grammar.RESOURCE)
        .required(
            "service",
            object("a grpc service")
                .required("name", Grammar.TEXT)
                .required("host", new Text(TextRole.HOST))
                .optional("port", new Shape.Whole(0, 65_535))
                .optional("authentication", Authentication.REFERENCEABLE)
                .build())
        .required("method", Grammar.TEXT)
        .optional("arguments", Grammar.OBJECT)
        .build();
  }

  private static Shape asyncapi() {
    return object("the arguments of an asyncapi call")
        .required("document", Grammar.RESOURCE)
        .optional("channel", Grammar.TEXT)
        .optional("operation", Grammar.TEXT)
        .optional(
            "server",
            object("a server")
                .required("name", Grammar.TEXT)
                .optional("variables", Grammar.OBJECT)
                .build())
        .optional(
            "protocol",
            TaskGrammar.choiceOf(
                "amqp",
                "amqp1",
                "anypointmq",
                "googlepubsub",
                "http",
                "ibmmq",
                "jms",
                "kafka",
                "mercure",
                "mqtt",
                "mqtt5",
                "nats",
                "pulsar",
                "redis",
                "sns",
                "solace",
                "sqs",
                "stomp",
                "ws"))
        .optional(
            "message",
            object("a message")
                .optional("payload", Grammar.OBJECT)
                .optional("headers", Grammar.OBJECT)
                .build())
        .optional("subscription", subscription())
        .optional("authentication", Authentication.REFERENCEABLE)
        .exactlyOne("operation", "channel")
        .exactlyOne("message", "subscription")
        .build();
  }

  private static Shape subscription() {
    return object("a subscription")
        .optional("filter", Grammar.ENCLOSED)
        .required(
            "consume",
            object("consume")
                .optional("for", Grammar.DURATION)
                .optional("amount", new Shape.Whole(0, Integer.MAX_VALUE))
                .optional("while", Grammar.ENCLOSED)
                .optional("until", Grammar.ENCLOSED)
                .exactlyOne("amount", "while", "until")
                .build())
        .optional("foreach", Grammar.ITERATOR, Grammar.INSIDE_ITERATOR)
        .build();
  }

  private static Shape a2a() {
    return object("the arguments of an a2a call")
        .optional("agentCard", Grammar.RESOURCE)
        .optional("server", Grammar.ENDPOINT)
        .required(
            "method",
            TaskGrammar.choiceOf(
                "message/send",
                "message/stream",
                "tasks/get",
                "tasks/list",
                "tasks/cancel",
                "tasks/resubscribe",
                "tasks/pushNotificationConfig/set",
                "tasks/pushNotificationConfig/get",
                "tasks/pushNotificationConfig/list",
                "tasks/pushNotificationConfig/delete",
                "agent/getAuthenticatedExtendedCard"))
        .optional("parameters", Grammar.parameters(1))
        .build();
  }

  private static Shape mcp() {
    return object("the arguments of an mcp call")
        .optional("protocolVersion", Grammar.TEXT)
        .required(
            "method",
            TaskGrammar.choiceOf(
                "tools/list",
                "tools/call",
                "prompts/list",
                "prompts/get",
                "resources/list",
                "resources/read",
                "resources/templates/list"))
        .optional("parameters", Grammar.parameters(0))
        .optional("timeout", Grammar.DURATION)
        .required("transport", mcpTransport())
        .optional(
            "client",
            object("client")
                .required("name", Grammar.TEXT)
                .required("version", Grammar.TEXT)
                .others(Others.IGNORED)
                .build())
        .others(Others.IGNORED)
        .build();
  }

  private static Shape mcpTransport() {
    return object("transport")
        .optional(
            "http",
            object("http")
                .required("endpoint", Grammar.ENDPOINT)
                .optional("headers", Grammar.TEXT_MAP)
                .others(Others.IGNORED)
                .build())
        .optional(
            "stdio",
            object("stdio")
                .required("command", Grammar.TEXT)
                .optional("arguments", Grammar.TEXTS)
                .optional("environment", Grammar.TEXT_MAP)
                .others(Others.IGNORED)
                .build())
        .optional("options", Grammar.TEXT_MAP)
        .exactlyOne("http", "stdio")
        .others(Others.IGNORED)
        .build();
  }
}
