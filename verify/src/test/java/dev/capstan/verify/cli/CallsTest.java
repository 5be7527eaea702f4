package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls from the file of a definition to a server and back, through the whole program. */
class CallsTest {
  private static final String HEAD =
      "document: { dsl: '1.0.3', namespace: test, name: calls, version: '1.0.0' }\n";

  @TempDir Path directory;

  private Ended run(String definition, String input) throws IOException {
    Files.writeString(directory.resolve("calls.yaml"), HEAD + definition);
    return Shell.in(directory).run("run", "calls.yaml", "--input", input);
  }

  private static MethodDescriptor<Struct, Struct> method(String name, MethodType type) {
    return MethodDescriptor.<Struct, Struct>newBuilder()
        .setType(type)
        .setFullMethodName("verify.Echo/" + name)
        .setRequestMarshaller(ProtoUtils.marshaller(Struct.getDefaultInstance()))
        .setResponseMarshaller(ProtoUtils.marshaller(Struct.getDefaultInstance()))
        .build();
  }

  /** Says once or twice what it hears, and nothing to nobody. */
  private static Server echo() throws IOException {
    return Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
        .addService(
            ServerServiceDefinition.builder("verify.Echo")
                .addMethod(
                    method("Once", MethodType.UNARY),
                    ServerCalls.<Struct, Struct>asyncUnaryCall((request, client) -> {
                      if (request.containsFields("name")) {
                        client.onNext(request);
                        client.onCompleted();
                      } else {
                        client.onError(
                            Status.NOT_FOUND.withDescription("nobody").asRuntimeException());
                      }
                    }))
                .addMethod(
                    method("Twice", MethodType.SERVER_STREAMING),
                    ServerCalls.<Struct, Struct>asyncServerStreamingCall((request, client) -> {
                      client.onNext(request);
                      client.onNext(
                          request.toBuilder()
                              .putFields("again", Value.newBuilder().setBoolValue(true).build())
                              .build());
                      client.onCompleted();
                    }))
                .build())
        .build()
        .start();
  }

  @Test
  void grpc() throws IOException {
    Files.writeString(
        directory.resolve("echo.proto"),
        """
        syntax = "proto3";
        package verify;
        import "google/protobuf/struct.proto";
        service Echo {
          rpc Once(google.protobuf.Struct) returns (google.protobuf.Struct);
          rpc Twice(google.protobuf.Struct) returns (stream google.protobuf.Struct);
        }
        """);
    Server server = echo();
    try {
      String with =
          "proto: { endpoint: '%s' }, service: { name: Echo, host: 127.0.0.1, port: %d }"
              .formatted(directory.resolve("echo.proto").toUri(), server.getPort());
      Ended run =
          run(
              """
              do:
                - once: { call: grpc, with: { %1$s, method: Once, arguments: { name: '${ .who }' } } }
                - twice: { call: grpc, with: { %1$s, method: Twice, arguments: { said: '${ .name }' } } }
                - failing:
                    try:
                      - nobody: { call: grpc, with: { %1$s, method: Once } }
                    catch:
                      errors: { with: { status: 404 } }
                      do: [ { caught: { set: { said: '${ $task.input }', because: '${ $error.title }' } } } ]
              """
                  .formatted(with),
              "{\"who\": \"Ada\"}");

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.json().toString())
          .isEqualTo(
              "{\"said\":[{\"said\":\"Ada\"},{\"said\":\"Ada\",\"again\":true}],\"because\":\"gRPC status NOT_FOUND\"}");
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void a2a() throws IOException {
    HttpServer agent =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    agent.createContext(
        "/",
        exchange -> {
          String asked =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          boolean isCard = exchange.getRequestURI().getPath().endsWith("card.json");
          boolean isStream = asked.contains("message/stream");
          String result =
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"kind\":\"message\",\"heard\":%s}}"
                  .formatted(asked.contains("\"how?\"") && asked.contains("\"role\":\"user\""));
          String answer =
              isCard ? "{\"url\":\"/rpc\"}" : isStream ? "data: " + result + "\n\n" : result;
          exchange
              .getResponseHeaders()
              .set("Content-Type", isStream ? "text/event-stream" : "application/json");
          exchange.sendResponseHeaders(200, 0);
          try (exchange) {
            exchange.getResponseBody().write(answer.getBytes(StandardCharsets.UTF_8));
          }
        });
    agent.start();
    try {
      String url = "http://127.0.0.1:" + agent.getAddress().getPort();
      Ended run =
          run(
              """
              do:
                - one: { call: a2a, with: { method: message/send, agentCard: { endpoint: '%1$s/card.json' }, parameters: { message: { parts: [ { kind: text, text: '${ .ask }' } ] } } }, output: { as: '${ { ask: $input.ask, one: .heard } }' } }
                - all: { call: a2a, with: { method: message/stream, server: '%1$s/rpc', parameters: '${ { message: { parts: [ { kind: "text", text: .ask } ] } } }' }, output: { as: '${ { one: $input.one, all: map(.heard) } }' } }
              """
                  .formatted(url),
              "{\"ask\": \"how?\"}");

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.json().toString()).isEqualTo("{\"one\":true,\"all\":[true]}");
    } finally {
      agent.stop(0);
    }
  }
}
