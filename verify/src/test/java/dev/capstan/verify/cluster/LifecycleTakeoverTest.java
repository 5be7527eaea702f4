package dev.capstan.verify.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.LifecycleFilter;
import dev.capstan.client.LifecycleWatch;
import dev.capstan.client.LifecycleWatcher;
import dev.capstan.node.config.NodeConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Life-cycle events when the leadership changes. */
class LifecycleTakeoverTest {
  private static final String SET =
      """
      document: {dsl: '1.0.3', namespace: test, name: set, version: 1.0.0}
      do: [ { a: { set: { x: 1 } } } ]
      """;
  private static final List<String> TOLD =
      List.of(
          "workflow.started",
          "task.created",
          "task.started",
          "task.completed",
          "workflow.completed");
  private static final int MANY = 10;

  @TempDir Path directory;

  /** What was told, in the order in which it came. */
  private static final class Told implements LifecycleWatcher {
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final AtomicInteger beginnings = new AtomicInteger();
    private final AtomicInteger breaks = new AtomicInteger();

    @Override
    public void event(JsonNode event) {
      events.add(event);
    }

    @Override
    public void following() {
      beginnings.incrementAndGet();
    }

    @Override
    public void reconnecting(CapstanException reason) {
      breaks.incrementAndGet();
    }

    void awaitBeginning(int number) {
      await().atMost(Trio.PATIENCE).until(() -> beginnings.get() >= number);
    }

    /** The types of an execution's events, in short, with those that came again. */
    List<String> all(String execution) {
      return events.stream()
          .filter(event -> event.path("subject").asText().equals(execution))
          .map(event ->
              event
                  .path("type")
                  .asText()
                  .replace("io.serverlessworkflow.", "")
                  .replaceFirst("\\.v1$", ""))
          .toList();
    }

    /** The same without those that came again, which have the same id. */
    List<String> once(String execution) {
      Set<String> known = new HashSet<>();
      return events.stream()
          .filter(event -> event.path("subject").asText().equals(execution))
          .filter(event -> known.add(event.path("id").asText()))
          .map(event ->
              event
                  .path("type")
                  .asText()
                  .replace("io.serverlessworkflow.", "")
                  .replaceFirst("\\.v1$", ""))
          .toList();
    }
  }

  private static CapstanClient client(String... servers) {
    return CapstanClient.builder().servers(List.of(servers)).build();
  }

  private static List<String> run(Trio trio, String name) {
    List<String> ids = IntStream.range(0, MANY).mapToObj(i -> name + i).toList();
    ids.forEach(id -> trio.start(SET, id));
    ids.forEach(trio::ended);
    return ids;
  }

  @Test
  void aStreamFromACoordinatorThatStaysHasNoGapAndNothingTwice() throws Exception {
    Told told = new Told();
    try (Trio trio = new Trio(directory);
        CapstanClient client = client(trio.door(trio.followers().getFirst()).toString());
        LifecycleWatch _ = LifecycleWatch.open(client, LifecycleFilter.ALL, told)) {
      told.awaitBeginning(1);
      List<String> before = run(trio, "a");
      trio.stop(trio.leader());
      List<String> after = run(trio, "b");

      await()
          .atMost(Trio.PATIENCE)
          .untilAsserted(() -> {
            assertThat(before).allSatisfy(id -> assertThat(told.all(id)).isEqualTo(TOLD));
            assertThat(after).allSatisfy(id -> assertThat(told.all(id)).isEqualTo(TOLD));
          });
      assertThat(told.breaks).hasValue(0);
    }
  }

  @Test
  void aStreamWhoseCoordinatorIsGoneGoesOnAtAnotherAndSaysSo() throws Exception {
    Told told = new Told();
    try (Trio trio = new Trio(directory)) {
      String leader = trio.leader();
      List<String> others = trio.othersThan(leader);
      try (CapstanClient client =
              client(
                  trio.door(leader).toString(),
                  trio.door(others.get(0)).toString(),
                  trio.door(others.get(1)).toString());
          LifecycleWatch watch = LifecycleWatch.open(client, LifecycleFilter.ALL, told)) {
        told.awaitBeginning(1);
        trio.stop(leader);
        told.awaitBeginning(2);
        List<String> after = run(trio, "b");

        await()
            .atMost(Trio.PATIENCE)
            .untilAsserted(
                () -> assertThat(after).allSatisfy(id -> assertThat(told.all(id)).isEqualTo(TOLD)));
        assertThat(told.breaks).hasPositiveValue();
        assertThat(watch.end()).isNotDone();
      }
    }
  }

  @Test
  void theSinkHasEverythingInOrderWhoeverLeads() throws Exception {
    Told told = new Told();
    HttpServer sink =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    sink.createContext("/", exchange -> take(exchange, told));
    sink.start();
    NodeConfig.LifecycleEvents there =
        new NodeConfig.LifecycleEvents(
            URI.create("http://127.0.0.1:" + sink.getAddress().getPort() + "/"),
            null,
            Map.of(),
            NodeConfig.ContentMode.STRUCTURED,
            false,
            1_000);
    try (Trio trio = new Trio(directory, 1, there)) {
      List<String> before = run(trio, "a");
      trio.stop(trio.leader());
      List<String> after = run(trio, "b");

      await()
          .atMost(Trio.PATIENCE)
          .untilAsserted(() -> {
            assertThat(before).allSatisfy(id -> assertThat(told.once(id)).isEqualTo(TOLD));
            assertThat(after).allSatisfy(id -> assertThat(told.once(id)).isEqualTo(TOLD));
          });
    } finally {
      sink.stop(0);
    }
  }

  private static void take(HttpExchange exchange, Told told) throws IOException {
    try (exchange) {
      told.event(new JsonMapper().readTree(exchange.getRequestBody()));
      exchange.sendResponseHeaders(204, -1);
    }
  }
}
