package dev.capstan.verify.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.core.execution.Execution;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Views.ExecutionView;
import dev.capstan.testkit.InMemoryEngine;
import dev.capstan.testkit.WorkResult;
import dev.capstan.worker.WebSocketSite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every example of the specification is run as it stands by a real coordinator and a real worker,
 * with stand-ins on loopback for what it calls; {@code specification-examples.yaml} says how. Those
 * that need a program or a container engine are skipped, and say why, where there is none.
 */
class SpecificationExamplesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Answers a call of a tool as the server of the example would. */
  private static final String MCP_SERVER =
      """
      #!/usr/bin/env python3
      import json, sys
      for line in sys.stdin:
          message = json.loads(line)
          if message.get("method") == "initialize":
              result = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}}
          elif message.get("id") is None:
              continue
          else:
              wanted = message["params"]["arguments"]
              result = {"content": [{"type": "text", "text": "%s to %s: %s" % (message["params"]["name"], wanted["channel_id"], wanted["payload"])}]}
          print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
      """;

  @TempDir static Path folder;
  private static WebSocketSite sockets;
  private static Greeter greeter;
  private static ExampleContainers containers;
  private static StandIn standIn;
  private static Engine engine;

  @BeforeAll
  static void startEngine() throws IOException {
    sockets = new WebSocketSite();
    greeter = new Greeter(folder);
    containers = ExampleContainers.start(Files.createDirectory(folder.resolve("boxes")));
    standIn = new StandIn(sockets.authority());
    Path secrets = folder.resolve("secrets.yaml");
    Files.writeString(
        secrets,
        "mySecret: {authority: '%s/keycloak/realms/secret', grant: client_credentials, client: {id: i, secret: s}}\n"
            .formatted(standIn.origin()));
    Path server = folder.resolve("npx");
    Files.writeString(server, MCP_SERVER);
    assertThat(server.toFile().setExecutable(true)).isTrue();
    engine =
        Engine.start(
            folder,
            CoordinatorConfig.local(folder.resolve("data")).withSecrets(secrets),
            containers::offerTo);
  }

  @AfterAll
  static void stopEngine() throws IOException {
    sockets.close();
    greeter.close();
    standIn.close();
    engine.close();
    containers.close();
  }

  @Test
  void every_example_has_a_play() throws IOException {
    assertThat(ExamplePlay.all().keySet()).containsExactlyElementsOf(ExamplePlay.files());
  }

  @TestFactory
  Stream<DynamicTest> examples() {
    return ExamplePlay.all().values().stream()
        .flatMap(List::stream)
        .map(play -> DynamicTest.dynamicTest(play.title(), () -> run(play)));
  }

  private static void run(ExamplePlay play) throws Exception {
    play.json().path("needs").forEach(need -> require(need.asText()));
    standIn.play(play.json().path("answers"));
    String definition =
        greeter
            .localized(standIn.localized(play.definition()))
            .replace("command: npx", "command: " + folder.resolve("npx"));
    if (!play.loads().isEmpty()) {
      // Refused with all its faults if there are any.
      engine.gateway().validate(Principal.LOCAL, definition, play.example());
    } else if (play.by().equals("virtual time")) {
      inVirtualTime(play, definition);
    } else {
      inFull(play, definition);
    }
  }

  private static void require(String need) {
    if (need.equals("containers")) {
      containers.require();
    } else {
      assumeTrue(has(need), "there is no " + need + " here");
    }
  }

  private static boolean has(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  private static void inVirtualTime(ExamplePlay play, String definition) {
    InMemoryEngine virtual = new InMemoryEngine();
    if (!play.messages().isEmpty()) {
      List<JsonNode> messages =
          play.messages().stream()
              .<JsonNode>map(
                  payload -> JsonNodeFactory.instance.objectNode().set("payload", payload))
              .toList();
      virtual.on("call:asyncapi", _ -> new WorkResult.Messages(messages));
    }
    Instant start = virtual.now();
    virtual.start(definition, play.input());
    Execution execution = virtual.runToEnd("test");
    assertThat(Engine.normalized(execution.output())).isEqualTo(play.expected().get("output"));
    assertThat(Duration.between(start, virtual.now()))
        .isEqualTo(Duration.parse(play.expected().get("elapsed").asText()));
  }

  private static void inFull(ExamplePlay play, String definition) throws Exception {
    play.json().path("others").forEach(other -> engine.deploy(other.asText()));
    ExecutionView begun =
        play.by().equals("events")
            ? begunByEvents(play, definition)
            : engine.begin(definition, play.input());
    if (!play.by().equals("events")) {
      play.events().forEach(SpecificationExamplesTest::publish);
    }
    WebSocketSite.Peer peer = play.messages().isEmpty() ? null : heard(play);
    if (play.expected().path("status").asText().equals("cancelled")) {
      Awaitility.await().atMost(PATIENCE).until(() -> hasComeFarEnough(play, begun.id()));
      engine.gateway().cancel(Principal.LOCAL, begun.id(), "it would go on for ever").join();
    }
    check(play, engine.end(begun.id()));
    if (peer != null) {
      assertThat(peer.told()).isEqualTo("closed");
    }
  }

  /** Says to who has subscribed what the play has for it. */
  private static WebSocketSite.Peer heard(ExamplePlay play) throws Exception {
    WebSocketSite.Peer peer = sockets.peer();
    assertThat(peer.path()).isEqualTo("/fake.com/notifications");
    for (JsonNode message : play.messages()) {
      peer.say(message.toString());
    }
    return peer;
  }

  private static boolean hasComeFarEnough(ExamplePlay play, String id) {
    return standIn.asked().size() == play.expected().path("asked").size()
        && engine.outputs(id, "message.consumed").size() >= play.expected().path("consumed").size()
        && engine.outputs(id, "message.handled").size() >= play.expected().path("handled").size();
  }

  private static ExecutionView begunByEvents(ExamplePlay play, String definition) {
    // Two of them have the same name.
    String name = "by-events-" + play.example().replaceAll("[^a-z]", "");
    var deployed = engine.deploy(definition.replaceFirst("(?m)^  name: .*$", "  name: " + name));
    play.events().forEach(event -> engine.publish(event));
    Gateway.ExecutionFilter ofThis =
        new Gateway.ExecutionFilter(null, deployed.namespace(), deployed.name(), Map.of(), null);
    return Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                engine.gateway().executions(Principal.LOCAL, ofThis, 1, null).items().stream()
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** Somebody listens as soon as the execution has come so far. */
  private static void publish(JsonNode event) {
    Awaitility.await().atMost(PATIENCE).until(() -> engine.publish(event) > 0);
  }

  private static void check(ExamplePlay play, ExecutionView view) {
    JsonNode expected = play.expected();
    assertThat(view.status().word())
        .as("status; error %s", view.error())
        .isEqualTo(expected.path("status").asText("completed"));
    if (expected.has("output")) {
      assertThat(Engine.normalized(view.output())).isEqualTo(expected.get("output"));
    }
    if (expected.has("has")) {
      requireHas(Engine.normalized(view.output()), expected.get("has"));
    }
    if (expected.has("error")) {
      requireHas(Objects.requireNonNull(view.error()).toJson(), expected.get("error"));
    }
    if (expected.has("consumed")) {
      assertThat(
              engine.outputs(view.id(), "message.consumed").stream()
                  .map(each -> each.get("payload")))
          .containsExactlyElementsOf(expected.get("consumed"));
    }
    if (expected.has("handled")) {
      requireHas(
          JsonNodeFactory.instance.arrayNode().addAll(engine.outputs(view.id(), "message.handled")),
          expected.get("handled"));
    }
    if (expected.has("left")) {
      containers.requireLeft(expected.get("left").valueStream().map(JsonNode::asText).toList());
    }
    if (expected.has("asked")) {
      assertThat(standIn.asked())
          .containsExactlyElementsOf(
              expected.get("asked").valueStream().map(JsonNode::asText).toList());
    } else {
      List<String> answers =
          play.json()
              .path("answers")
              .propertyStream()
              // A document that a worker has read it does not read again.
              .filter(answer -> !answer.getValue().has("optional"))
              .map(Map.Entry::getKey)
              .toList();
      assertThat(standIn.asked().stream().map(each -> each.replaceFirst(" \\{.*", "")))
          .containsAll(answers);
    }
  }

  private static void requireHas(JsonNode whole, JsonNode part) {
    if (part.isArray()) {
      assertThat(whole).hasSize(part.size());
      for (int i = 0; i < part.size(); i++) {
        requireHas(whole.get(i), part.get(i));
      }
    } else {
      part.properties()
          .forEach(member ->
              assertThat(whole.path(member.getKey()))
                  .as("%s of %s", member.getKey(), whole)
                  .isEqualTo(member.getValue()));
    }
  }
}
