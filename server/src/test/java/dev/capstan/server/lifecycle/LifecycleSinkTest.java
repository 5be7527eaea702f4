package dev.capstan.server.lifecycle;

import static dev.capstan.server.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.config.NodeConfig.ContentMode;
import dev.capstan.node.config.NodeConfig.LifecycleEvents;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.server.boot.Coordinator;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Principal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole coordinator with a real receiver. */
@Timeout(300)
class LifecycleSinkTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonMapper JSON = new JsonMapper();

  private static final String SETTING =
      """
      document: {dsl: '1.0.0', namespace: shop, name: setting, version: '1.2.0'}
      do:
        - first: {set: {greeting: hello}}
        - second: {set: {farewell: 'the word is s3cr3t'}}
      """;

  private static final String RAISING =
      """
      document: {dsl: '1.0.0', namespace: shop, name: raising, version: '1.0.0'}
      do:
        - stop:
            raise: {error: {type: 'https://example.dev/errors/no', status: 409, title: 'No', detail: 'not s3cr3t'}}
      """;

  private static final String WAITING =
      """
      document: {dsl: '1.0.0', namespace: shop, name: waiting, version: '1.0.0'}
      do:
        - pause: {wait: {hours: 1}}
      """;

  private static final String RETRYING =
      """
      document: {dsl: '1.0.0', namespace: shop, name: retrying, version: '1.0.0'}
      do:
        - attempt:
            try:
              - fail:
                  raise: {error: {type: 'https://example.dev/errors/no', status: 503}}
            catch:
              retry: {delay: {milliseconds: 1}, limit: {attempt: {count: 1}}}
      """;

  private static final String LISTENING =
      """
      document: {dsl: '1.0.0', namespace: shop, name: listening, version: '1.0.0'}
      do:
        - paid:
            listen:
              to:
                one:
                  with: {type: dev.example.paid}
                  correlate: {order: {from: .data.order}}
      """;

  @TempDir Path directory;
  private Receiver receiver;

  @BeforeEach
  void open() throws IOException {
    receiver = new Receiver();
  }

  @AfterEach
  void close() {
    receiver.close();
  }

  private LifecycleEvents to(ContentMode mode, boolean statusChanged, int mostWaiting) {
    return new LifecycleEvents(receiver.uri(), null, Map.of(), mode, statusChanged, mostWaiting);
  }

  private Coordinator start(LifecycleEvents events) {
    return Coordinator.start(
        CoordinatorConfig.local(directory).withLifecycleEvents(events),
        Map.of("CAPSTAN_SECRET_WORD", "s3cr3t", "CAPSTAN_SECRET_LINES", "s3cr3t\r\nX: y"));
  }

  private Coordinator start() {
    return start(to(ContentMode.STRUCTURED, false, 10_000));
  }

  private static Status run(Gateway gateway, String text, String id) {
    begin(gateway, text, id);
    return gateway.await(Principal.LOCAL, id, PATIENCE).join().status();
  }

  private static void begin(Gateway gateway, String text, String id) {
    gateway
        .start(
            Principal.LOCAL,
            new StartRequest(text, null, null, null, JSON.createObjectNode(), id, null, Map.of()))
        .join();
  }

  private void awaitTypes(String execution, String last) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(receiver.types(execution)).endsWith(last));
  }

  @Test
  void anExecutionIsToldFromItsStartToItsEnd() throws IOException {
    try (Coordinator coordinator = start()) {
      assertThat(run(coordinator.gateway(), SETTING, "e1")).isEqualTo(Status.COMPLETED);
      awaitTypes("e1", "workflow.completed");
    }
    assertThat(receiver.types("e1"))
        .containsExactly(
            "workflow.started",
            "task.created",
            "task.started",
            "task.completed",
            "task.created",
            "task.started",
            "task.completed",
            "workflow.completed");
    assertThat(receiver.headers()).containsOnly("application/cloudevents+json; charset=utf-8 null");
    List<JsonNode> events = receiver.of("e1");
    String time = events.getFirst().get("time").textValue();
    assertThat(events.getFirst())
        .isEqualTo(
            JSON.readTree(
                """
                {"specversion": "1.0", "id": "e1:0:workflow.started", "source": "/shop/setting/1.2.0",
                 "type": "io.serverlessworkflow.workflow.started.v1", "subject": "e1", "time": "%1$s",
                 "datacontenttype": "application/json",
                 "data": {"name": "setting-e1.shop", "startedAt": "%1$s",
                          "definition": {"name": "setting", "namespace": "shop", "version": "1.2.0"}}}
                """
                    .formatted(time)));
    JsonNode created = events.get(1).get("data");
    assertThat(created.get("workflow").textValue()).isEqualTo("setting-e1.shop");
    assertThat(created.get("task").textValue()).isEqualTo("/do/0/first");
    assertThat(created.has("createdAt")).isTrue();
    assertThat(events.get(3).get("data").get("output"))
        .isEqualTo(JSON.readTree("{\"greeting\":\"hello\"}"));
    assertThat(events.getLast().get("data").get("output"))
        .as("values hide secrets, as histories do")
        .isEqualTo(JSON.readTree("{\"farewell\":\"the word is ***\"}"));
    assertThat(events).extracting(event -> event.get("id").textValue()).doesNotHaveDuplicates();
  }

  @Test
  void everyEventOfTheSpecificationIsTold() throws IOException {
    Set<String> types = new LinkedHashSet<>();
    try (Coordinator coordinator = start(to(ContentMode.BATCHED, true, 10_000))) {
      Gateway gateway = coordinator.gateway();
      assertThat(run(gateway, RAISING, "raised")).isEqualTo(Status.FAULTED);
      assertThat(run(gateway, RETRYING, "retried")).isEqualTo(Status.FAULTED);
      begin(gateway, WAITING, "waits");
      gateway.suspend(Principal.LOCAL, "waits", null).join();
      gateway.resume(Principal.LOCAL, "waits").join();
      gateway.cancel(Principal.LOCAL, "waits", null).join();
      begin(gateway, LISTENING, "listens");
      gateway.publish(Principal.LOCAL, List.of(paid())).join();
      assertThat(gateway.await(Principal.LOCAL, "listens", PATIENCE).join().status())
          .isEqualTo(Status.COMPLETED);
      for (String id : List.of("raised", "retried", "waits", "listens")) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(() ->
                assertThat(receiver.types(id))
                    .containsAnyOf("workflow.faulted", "workflow.cancelled", "workflow.completed"));
        types.addAll(receiver.types(id));
      }
    }
    assertThat(types)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(LifecycleType.values()).map(LifecycleType::word).toList());
    assertThat(receiver.headers())
        .containsOnly("application/cloudevents-batch+json; charset=utf-8 null");
    assertThat(without("status-changed", "waits"))
        .containsExactly(
            "workflow.started",
            "task.created",
            "task.started",
            "workflow.suspended",
            "task.suspended",
            "workflow.resumed",
            "task.resumed",
            "task.cancelled",
            "workflow.cancelled");
    assertThat(statuses("waits", "workflow"))
        .containsExactly("waiting", "suspended", "waiting", "cancelled");
    assertThat(statuses("waits", "task"))
        .containsExactly("pending", "waiting", "suspended", "waiting", "cancelled");
    assertThat(without("status-changed", "listens"))
        .containsExactly(
            "workflow.started",
            "task.created",
            "task.started",
            "workflow.correlation-started",
            "workflow.correlation-completed",
            "task.completed",
            "workflow.completed");
    assertThat(data("listens", "workflow.correlation-completed").get("correlationKeys"))
        .isEqualTo(JSON.readTree("{\"order\":7}"));
    assertThat(without("status-changed", "retried"))
        .containsSubsequence("task.retried", "workflow.faulted");
    assertThat(data("raised", "workflow.faulted").get("error"))
        .isEqualTo(
            JSON.readTree(
                """
                {"type": "https://example.dev/errors/no", "status": 409, "title": "No",
                 "detail": "not ***", "instance": "/do/0/stop"}
                """));
    assertThat(data("raised", "task.faulted").get("error"))
        .isEqualTo(data("raised", "workflow.faulted").get("error"));
  }

  private static CloudEvent paid() throws IOException {
    return new CloudEvent(
        JSON.readTree(
            """
            {"specversion": "1.0", "id": "1", "source": "/t", "type": "dev.example.paid", "data": {"order": 7}}
            """));
  }

  private List<String> without(String word, String execution) {
    return receiver.types(execution).stream().filter(type -> !type.endsWith(word)).toList();
  }

  private List<String> statuses(String execution, String of) {
    return receiver.of(execution).stream()
        .filter(e -> e.get("type").textValue().endsWith("." + of + ".status-changed.v1"))
        .map(e -> e.get("data").get("status").textValue())
        .toList();
  }

  private JsonNode data(String execution, String type) {
    return receiver.of(execution).stream()
        .filter(e -> e.get("type").textValue().equals("io.serverlessworkflow." + type + ".v1"))
        .map(e -> e.get("data"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRetriedExecutionIsResumedAndItsTaskRetried() {
    try (Coordinator coordinator = start()) {
      Gateway gateway = coordinator.gateway();
      run(gateway, RAISING, "again");
      awaitTypes("again", "workflow.faulted");
      gateway.retry(Principal.LOCAL, "again").join();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(receiver.types("again"))
                  .containsSubsequence(
                      "workflow.faulted", "workflow.resumed", "task.retried", "workflow.faulted"));
    }
  }

  @Test
  void whatTheReceiverDoesNotTakeIsSentAgainWithTheSameIdAndInOrder() {
    receiver.answer(503, 429, 500);
    try (Coordinator coordinator = start()) {
      run(coordinator.gateway(), SETTING, "e1");
      awaitTypes("e1", "workflow.completed");
    }
    assertThat(receiver.turnedDown())
        .hasSize(3)
        .allSatisfy(event -> assertThat(event).isEqualTo(receiver.of("e1").getFirst()));
    assertThat(receiver.types("e1")).hasSize(8).startsWith("workflow.started");
  }

  @Test
  void whatTheReceiverRefusesIsGivenUpAndTheRestGoesOn() {
    receiver.answer(400);
    try (Coordinator coordinator = start()) {
      run(coordinator.gateway(), SETTING, "e1");
      awaitTypes("e1", "workflow.completed");
    }
    assertThat(receiver.turnedDown()).hasSize(1);
    assertThat(receiver.types("e1")).hasSize(7).startsWith("task.created");
  }

  @Test
  void aReceiverThatHangsHoldsUpNoExecution() {
    CountDownLatch released = new CountDownLatch(1);
    receiver.hold(released);
    try (Coordinator coordinator = start()) {
      Gateway gateway = coordinator.gateway();
      run(gateway, SETTING, "e0");
      await().atMost(PATIENCE).until(() -> receiver.requests() == 1);
      for (int i = 1; i <= 50; i++) {
        assertThat(run(gateway, SETTING, "e" + i)).isEqualTo(Status.COMPLETED);
      }
      assertThat(receiver.taken()).isEmpty();
      released.countDown();
      for (int i = 0; i <= 50; i++) {
        awaitTypes("e" + i, "workflow.completed");
      }
    }
  }

  @Test
  void whatFindsNoRoomIsLostAndCounted() throws Exception {
    CountDownLatch released = new CountDownLatch(1);
    receiver.hold(released);
    CoordinatorConfig config =
        CoordinatorConfig.local(directory)
            .withLifecycleEvents(to(ContentMode.STRUCTURED, false, 2))
            .withPorts(null, 0);
    try (Coordinator coordinator = Coordinator.start(config, Map.of())) {
      Gateway gateway = coordinator.gateway();
      run(gateway, SETTING, "e0");
      await().atMost(PATIENCE).until(() -> receiver.requests() == 1);
      for (int i = 1; i <= 5; i++) {
        assertThat(run(gateway, SETTING, "e" + i)).isEqualTo(Status.COMPLETED);
      }
      assertThat(metric(coordinator, "capstan_lifecycle_dropped_total")).isGreaterThanOrEqualTo(3);
      assertThat(metric(coordinator, "capstan_lifecycle_waiting_executions")).isEqualTo(2);
      released.countDown();
      awaitTypes("e2", "workflow.completed");
      assertThat(run(gateway, SETTING, "later")).isEqualTo(Status.COMPLETED);
      awaitTypes("later", "workflow.completed");
      assertThat(receiver.types("e5")).isEmpty();
    }
  }

  private static double metric(Coordinator coordinator, String name) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + coordinator.httpPort() + "/metrics");
      String text =
          client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
      return text.lines()
          .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
          .sum();
    }
  }

  @Test
  void aReceiverThatIsNotThereHoldsUpNeitherExecutionsNorTheEnd() {
    receiver.close();
    try (Coordinator coordinator = start()) {
      assertThat(run(coordinator.gateway(), SETTING, "e1")).isEqualTo(Status.COMPLETED);
    }
  }

  @Test
  void aTokenIsSentAndNeverWithoutItsSecret() {
    assertThatThrownBy(() -> start(withToken("MISSING")))
        .isInstanceOf(StartupRefusal.class)
        .hasMessageContaining("MISSING, which is not there");
    try (Coordinator coordinator = start(withToken("WORD"))) {
      run(coordinator.gateway(), SETTING, "e1");
      awaitTypes("e1", "workflow.completed");
    }
    assertThat(receiver.headers())
        .containsOnly("application/cloudevents+json; charset=utf-8 Bearer s3cr3t");
  }

  @Test
  void headersAreSentAndNeverWithoutTheirSecrets() {
    LifecycleEvents missing = withHeaders(null, Map.of("X-Api-Key", "MISSING"));
    assertThatThrownBy(() -> start(missing))
        .isInstanceOf(StartupRefusal.class)
        .hasMessageContaining("lifecycle_events.header_secrets.X-Api-Key")
        .hasMessageContaining("MISSING, which is not there");
    LifecycleEvents broken = withHeaders(null, Map.of("X-Api-Key", "LINES"));
    assertThatThrownBy(() -> start(broken))
        .hasMessageContaining("LINES, which is no text for a header")
        .hasMessageNotContaining("s3cr3t");
    try (Coordinator coordinator = start(withHeaders("WORD", Map.of("x-api-key", "WORD")))) {
      run(coordinator.gateway(), SETTING, "e1");
      awaitTypes("e1", "workflow.completed");
    }
    assertThat(receiver.headers())
        .containsOnly("application/cloudevents+json; charset=utf-8 Bearer s3cr3t, key s3cr3t");
  }

  private LifecycleEvents withToken(@Nullable String secret) {
    return withHeaders(secret, Map.of());
  }

  private LifecycleEvents withHeaders(@Nullable String secret, Map<String, String> headers) {
    return new LifecycleEvents(
        receiver.uri(), secret, headers, ContentMode.STRUCTURED, false, 1_000);
  }

  @Test
  void manyExecutionsAtATimeAreEachToldInOrder() {
    List<String> ids = new ArrayList<>();
    try (Coordinator coordinator = start(to(ContentMode.BATCHED, false, 10_000))) {
      for (int i = 0; i < 200; i++) {
        ids.add("many" + i);
        begin(coordinator.gateway(), SETTING, ids.getLast());
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(ids)
                  .allSatisfy(id -> assertThat(receiver.types(id)).endsWith("workflow.completed")));
    }
    List<String> one = receiver.types(ids.getFirst());
    assertThat(one).hasSize(8);
    assertThat(ids).allSatisfy(id -> assertThat(receiver.types(id)).isEqualTo(one));
  }
}
