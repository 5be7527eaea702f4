package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.Execution;
import dev.capstan.client.ExecutionFilter;
import dev.capstan.client.PageRequest;
import dev.capstan.client.StartRequest;
import dev.capstan.client.WorkflowName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code capstan migrate} over a real engine: a dry run, a few, more, all, and back. */
class MigrateTest {
  private static final int ORDERS = 300;
  private static final String OLD =
      """
      document: { dsl: '1.0.3', namespace: shop, name: orders, version: '1.0.0' }
      do:
        - paid: { listen: { to: { one: { with: { type: com.example.paid } } } } }
        - ship: { set: { by: old } }
      """;
  private static final String NEW =
      """
      document: { dsl: '1.0.3', namespace: shop, name: orders, version: '1.1.0' }
      do:
        - hello: { set: { never: true } }
        - paid: { listen: { to: { one: { with: { type: com.example.paid } } } } }
        - check: { set: { checked: true } }
        - ship: { set: '${ . + {by: "new"} }' }
      """;
  private static final String UNLIKE =
      """
      document: { dsl: '1.0.3', namespace: shop, name: orders, version: '2.0.0' }
      do:
        - ship: { set: { by: nobody } }
      """;

  @TempDir Path directory;
  private Shell shell;
  private Started dev;

  @BeforeEach
  void start() throws IOException {
    shell = Shell.in(directory);
    Files.writeString(directory.resolve("old.yaml"), OLD);
    Files.writeString(directory.resolve("new.yaml"), NEW);
    Files.writeString(directory.resolve("unlike.yaml"), UNLIKE);
    serve();
    ok("deploy", "old.yaml");
  }

  @AfterEach
  void stop() {
    dev.close();
  }

  private void serve() {
    dev = shell.start("dev", "--port", "auto");
    dev.awaitTalk("  Data  ");
  }

  private CapstanClient client() throws IOException {
    String address =
        Ended.json(Files.readString(directory.resolve(".capstan/server.json")))
            .path("http")
            .asText();
    return CapstanClient.builder().server(address).build();
  }

  private Ended ok(String... command) {
    Ended ended = shell.run(command);
    assertThat(ended.exitCode()).as(String.join(" ", command) + "\n" + ended.err()).isZero();
    return ended;
  }

  private void order(CapstanClient client, int from, int to) {
    List<CompletableFuture<Execution>> starts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      starts.add(
          client.start(
              StartRequest.of(new WorkflowName("shop", "orders", null)).withId("order-" + i)));
    }
    starts.forEach(CapstanClient::await);
  }

  private static List<Execution> all(CapstanClient client) {
    return CapstanClient.await(
            client.executions(
                new ExecutionFilter(null, "shop/orders", Map.of(), null), PageRequest.first(1_000)))
        .items();
  }

  private static Set<String> of(CapstanClient client, String version) {
    Set<String> ids = new TreeSet<>();
    for (Execution each : all(client)) {
      if (version.equals(each.workflow().version())) {
        ids.add(each.id());
      }
    }
    return ids;
  }

  private void awaitWaiting(CapstanClient client) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> all(client).stream().allMatch(each -> each.status().equals("waiting")));
  }

  @Test
  void aDryRunThenOnePercentTenAllAndBackOverARestart() throws IOException {
    Set<String> few;
    Set<String> more;
    try (CapstanClient client = client()) {
      order(client, 0, ORDERS);
      awaitWaiting(client);
      ok("deploy", "new.yaml");

      JsonNode dry =
          Ended.json(
              ok("migrate", "shop/orders", "--to", "1.1.0", "--dry-run", "-o", "json").out());
      assertThat(dry.path("sums").path("can move").asInt()).isEqualTo(ORDERS);
      assertThat(dry.path("executions").path(0).path("changes").toString())
          .contains("\"moves\"", "/do/0/paid", "/do/1/paid", "/do/2/check");
      assertThat(of(client, "1.1.0")).as("a dry run moves none").isEmpty();

      assertThat(ok("migrate", "shop/orders", "--to", "1.1.0", "--share", "1%").out())
          .contains("1.0.0  moved", " to 1.1.0: ");
      few = of(client, "1.1.0");
      assertThat(few).hasSizeBetween(1, 15);
      ok("migrate", "shop/orders", "--to", "1.1.0", "--share", "10%");
      more = of(client, "1.1.0");
      assertThat(more).containsAll(few).hasSizeBetween(10, 70);
    }
    dev.close();
    serve();
    try (CapstanClient client = client()) {
      assertThat(of(client, "1.1.0")).as("after a restart").isEqualTo(more);
      assertThat(ok("migrate", "shop/orders", "--to", "1.1.0").out())
          .contains((ORDERS - more.size()) + " moved, " + more.size() + " there already");
      assertThat(of(client, "1.1.0")).hasSize(ORDERS);
      ok("migrate", "shop/orders", "--to", "1.0.0", "--share", "50%");
      Set<String> back = of(client, "1.0.0");

      ok("events", "publish", "--type", "com.example.paid", "-d", "{}");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> all(client).stream().allMatch(Execution::hasEnded));
      assertThat(back).isNotEmpty().hasSizeLessThan(ORDERS);
      for (String id :
          List.of(back.iterator().next(), "order-1", "order-2", "order-3", "order-4")) {
        String expected =
            back.contains(id) ? "{\"by\":\"old\"}" : "{\"checked\":true,\"by\":\"new\"}";
        assertThat(String.valueOf(CapstanClient.await(client.execution(id)).output()))
            .isEqualTo(expected);
      }
      assertThat(ok("history", back.iterator().next()).out())
          .contains(
              "execution.migrated", "from version 1.0.0 to 1.1.0", "from version 1.1.0 to 1.0.0");
      assertThat(ok("audit").out()).contains("execution.migrate");
    }
  }

  @Test
  void whatCanNotMoveStaysAndSaysWhy() throws IOException {
    try (CapstanClient client = client()) {
      order(client, 0, 2);
      awaitWaiting(client);
      ok("deploy", "unlike.yaml");

      Ended refused = shell.run("migrate", "shop/orders", "--to", "2.0.0");

      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.out())
          .contains(
              "stays",
              "line 3 /do/0/paid: it is under way",
              "2 of shop/orders to 2.0.0: 2 can't move");
      assertThat(of(client, "1.0.0")).hasSize(2);
      assertThat(shell.run("migrate", "shop/orders", "--to", "3.0.0").exitCode()).isEqualTo(3);
      assertThat(shell.run("migrate", "shop/orders", "--to", "2.0.0", "--share", "much").exitCode())
          .isEqualTo(2);
      assertThat(shell.run("migrate", "shop/orders").exitCode()).isEqualTo(2);
    }
  }
}
