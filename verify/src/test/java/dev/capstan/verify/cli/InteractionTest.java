package dev.capstan.verify.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.capstan.client.CapstanClient;
import dev.capstan.client.CapstanException;
import dev.capstan.client.HumanTask;
import dev.capstan.client.HumanTaskFilter;
import dev.capstan.client.Interactions;
import dev.capstan.client.PageRequest;
import dev.capstan.client.Update;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people and programs say to executions, with commands, over HTTP and with the client. */
class InteractionTest {
  private static final String CART =
      """
      document:
        dsl: '1.0.3'
        namespace: test
        name: cart
        version: '1.0.0'
        metadata: { capstan: { queries: { items: '.items // []', broken: '.items[0].price.euro' } } }
      do:
        - changes:
            listen: { to: { any: [ { with: { type: test.added } } ], until: '. | length == 3' } }
            foreach:
              do:
                - keep:
                    if: $item.price < 1000
                    set: { item: '${ $item.item }', price: '${ $item.price }' }
                - refuse:
                    if: $item.price >= 1000
                    raise: { error: { type: 'https://example.com/dear', status: 409, title: too dear } }
              export: { as: '${ { items: (($context.items // []) + [.]) } }' }
            metadata:
              capstan: { update: { name: add-item, input: { type: object, required: [ item, price ] } } }
      """;

  @TempDir static Path directory;
  private static Shell shell;
  private static Started dev;
  private static String address;

  @BeforeAll
  static void start() throws IOException {
    shell = Shell.in(directory);
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("examples/approval.yaml"))) {
      folder = Objects.requireNonNull(folder.getParent(), "the repository's root has examples");
    }
    Files.writeString(directory.resolve("cart.yaml"), CART);
    dev = shell.start("dev", "--port", "auto");
    dev.awaitTalk("  Data  ");
    address =
        Ended.json(Files.readString(directory.resolve(".capstan/server.json")))
            .path("http")
            .asText();
    ok("deploy", "cart.yaml", folder.resolve("examples/approval.yaml").toString());
  }

  @AfterAll
  static void stop() {
    dev.close();
  }

  private static Ended ok(String... command) {
    Ended ended = shell.run(command);
    assertThat(ended.exitCode()).as(String.join(" ", command) + "\n" + ended.err()).isZero();
    return ended;
  }

  private static void startCart(String id) {
    ok("start", "test/cart", "--id", id);
  }

  private static void awaitWaiting(String id) {
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> ok("show", id).out().contains("status    waiting"));
  }

  private static void startApproval(String id) {
    ok("start", "examples/approval", "--id", id, "-i", "{\"payee\":\"Ada\",\"amount\":700}");
    awaitWaiting(id);
  }

  private static HttpResponse<String> post(String path, String json) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create(address + path))
              .header("Content-Type", "application/json")
              .timeout(Duration.ofSeconds(60))
              .POST(HttpRequest.BodyPublishers.ofString(json))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void aPersonDecides() {
    startApproval("p1");

    assertThat(ok("show", "p1").out())
        .contains("waits for one of finance to decide \"Pay 700 to Ada?\", due 2");
    assertThat(ok("task", "explain", "p1:2").out()).contains("waits for one of finance to decide");
    assertThat(ok("human-tasks", "--candidate", "finance").out())
        .startsWith("ID ")
        .contains("p1:2", "Pay 700 to Ada?", "finance", "examples/approval@1.0.0");
    assertThat(ok("human-tasks", "assign", "p1:2", "ada").out()).contains("assignee   ada");
    assertThat(ok("human-tasks", "list", "--assignee", "ada").out()).contains("p1:2");
    assertThat(ok("human-tasks", "show", "p1:2").out())
        .contains("title      Pay 700 to Ada?", "form:", "\"approved\"");
    assertThat(ok("query", "p1", "asked").out()).isEqualTo("\"Pay 700 to Ada?\"\n");

    Ended wrong = shell.run("human-tasks", "complete", "p1:2", "--decision", "{\"approved\":1}");
    assertThat(wrong.exitCode()).isNotZero();
    assertThat(wrong.err()).contains("CAP-2014", "/approved");
    ok("human-tasks", "complete", "p1:2", "--decision", "{\"approved\":true}");
    assertThat(ok("watch", "p1").out()).contains("\"paid\": true");
    Ended again =
        shell.run("human-tasks", "complete", "p1:2", "--decision", "{\"approved\":false}");
    assertThat(again.exitCode()).isEqualTo(4);
    assertThat(again.err()).contains("CAP-2006", "was decided by");
    assertThat(ok("history", "p1").out()).contains("humantask.opened", "humantask.assigned");
    assertThat(ok("audit").out()).contains("human-task.complete", "human-task.assign", "p1:2");
  }

  @Test
  void whatBelongsElsewhereIsMisuse() {
    assertThat(shell.run("human-tasks", "complete", "p1:2").err()).contains("needs a decision");
    assertThat(shell.run("human-tasks", "compleet", "p1:2").err())
        .contains("did you mean \"complete\"?");
    assertThat(shell.run("human-tasks", "show").err()).contains("needs the id");
  }

  @Test
  void aProgramSendsUpdatesAndAsks() {
    startCart("c1");
    awaitWaiting("c1");

    assertThat(ok("update", "c1", "add-item", "-i", "{\"item\":\"ham\",\"price\":7}").json())
        .isEqualTo(Ended.json("{\"item\":\"ham\",\"price\":7}"));
    assertThat(ok("query", "c1").out()).isEqualTo("items\nbroken\n");
    assertThat(ok("query", "c1", "items").json())
        .isEqualTo(Ended.json("[{\"item\":\"ham\",\"price\":7}]"));
    Ended unknown = shell.run("query", "c1", "total");
    assertThat(unknown.err()).contains("CAP-2004", "items, broken");
    assertThat(shell.run("update", "c1", "add", "-i", "{}").err()).contains("CAP-2015", "add-item");
    assertThat(shell.run("update", "c1", "add-item", "-i", "{}").err()).contains("CAP-2014");
    assertThat(shell.run("query", "c1", "broken").err()).contains("CAP-2017");
    assertThat(
            shell.run("update", "c1", "add-item", "-i", "{\"item\":\"car\",\"price\":1000}").err())
        .contains("CAP-2016", "too dear");
    assertThat(ok("audit").out()).contains("execution.update");
  }

  @Test
  void problemsHaveTheirStatus() throws Exception {
    startCart("c2");
    awaitWaiting("c2");
    startApproval("p2");
    String item = "{\"item\":\"ham\",\"price\":7}";

    HttpResponse<String> taken = post("/v1/executions/c2/updates/add-item", item);
    assertThat(taken.statusCode()).as(taken.body()).isEqualTo(200);
    assertThat(Ended.json(taken.body()).path("answer")).isEqualTo(Ended.json(item));
    HttpResponse<String> invalid = post("/v1/executions/c2/updates/add-item", "{\"item\":1}");
    assertThat(invalid.statusCode()).isEqualTo(422);
    assertThat(Ended.json(invalid.body()).path("errors").path(0).path("detail").asText())
        .contains("price");
    HttpResponse<String> nobody = post("/v1/executions/c2/updates/other", item);
    assertThat(nobody.statusCode()).isEqualTo(409);
    assertThat(Ended.json(nobody.body()).path("retryable").asBoolean()).isTrue();
    assertThat(post("/v1/executions/none/updates/other", item).statusCode()).isEqualTo(404);
    assertThat(post("/v1/human-tasks/p2:2/complete", "{\"decision\":{}}").statusCode())
        .isEqualTo(422);
    assertThat(post("/v1/human-tasks/p2:1/complete", "{\"decision\":{}}").statusCode())
        .isEqualTo(409);
    assertThat(post("/v1/human-tasks/p2:9/complete", "{\"decision\":{}}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void theClientDoesTheSame() {
    startApproval("p3");
    startCart("c3");
    awaitWaiting("c3");
    try (CapstanClient client = CapstanClient.builder().server(address).build()) {
      Interactions interactions = client.interactions();
      HumanTask task =
          CapstanClient.await(
                  interactions.humanTasks(
                      new HumanTaskFilter(null, "finance", "examples/approval"),
                      PageRequest.first(100)))
              .items()
              .stream()
              .filter(each -> each.execution().equals("p3"))
              .findFirst()
              .orElseThrow();
      assertThat(CapstanClient.await(interactions.humanTask(task.id())).form()).isNotNull();
      assertThat(CapstanClient.await(interactions.assign(task.id(), "eve")).assignee())
          .isEqualTo("eve");
      JsonNode no = JsonNodeFactory.instance.objectNode().put("approved", false);
      assertThat(CapstanClient.await(interactions.complete(task.id(), no)).replayed()).isFalse();
      assertThatThrownBy(() -> CapstanClient.await(interactions.complete(task.id(), no)))
          .isInstanceOf(CapstanException.Conflict.class);

      JsonNode item = JsonNodeFactory.instance.objectNode().put("item", "ham").put("price", 7);
      Duration wait = Duration.ofSeconds(30);
      Update first = CapstanClient.await(interactions.update("c3", "add-item", item, "k", wait));
      Update second = CapstanClient.await(interactions.update("c3", "add-item", item, "k", wait));
      assertThat(first.answer()).isEqualTo(item);
      assertThat(second.replayed()).isTrue();
      assertThat(second.answer()).isEqualTo(item);
      assertThat(CapstanClient.await(interactions.queries("c3"))).contains("items");
      assertThat(CapstanClient.await(interactions.query("c3", "items"))).hasSize(1);
    }
  }
}
