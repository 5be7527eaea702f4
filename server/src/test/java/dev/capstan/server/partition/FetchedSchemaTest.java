package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Effect;
import dev.capstan.core.execution.Status;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** Tasks that wait for a schema before they wait for a node of their own. */
class FetchedSchemaTest {
  private static final String FORK =
      """
      document: { dsl: '1.0.3', namespace: test, name: fork, version: '1.0.0' }
      do:
        - both:
            fork:
              branches:
                - a:
                    call: http
                    with: { method: get, endpoint: 'http://example.com/a' }
                    output: { schema: { resource: { endpoint: { uri: 'https://example.com/{kind}' } } } }
                - b:
                    call: http
                    with: { method: get, endpoint: 'http://example.com/b' }
                    output: { schema: { resource: { endpoint: { uri: 'https://example.com/{kind}' } } } }
      """;

  private static final String FUNCTION =
      """
      document: { dsl: '1.0.3', namespace: test, name: function, version: '1.0.0' }
      do: [ { a: { call: 'https://example.com/f.yaml' } } ]
      """;

  private final Yard yard = new Yard();

  private void reportDocument(String text) {
    String document = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    yard.report(yard.nodes.last(), "\"" + document + "\"");
  }

  @Test
  void whatWasFetchedIsWeighed() {
    yard.nodes.slots = 1;
    String title = "title: " + "x".repeat(100_000);
    var _ = yard.partition.start(Yard.request("e1", FORK, "{\"kind\": \"order\"}"));
    yard.run();
    reportDocument(title);
    assertThat(yard.partition.status().cachedBytes())
        .as("a document and what is made of it")
        .isGreaterThan(1_000_000);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aFunctionThatWasFetchedIsWeighed() {
    yard.nodes.slots = 1;
    var _ = yard.partition.start(Yard.request("e1", FUNCTION, "{}"));
    yard.run();
    reportDocument(
        "do: [ { w: { wait: PT1H, metadata: { note: " + "x".repeat(100_000) + " } } } ]");
    assertThat(yard.partition.status().cachedBytes()).isGreaterThan(300_000);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void whatAnotherTaskHasFetchedIsTakenAndTheTaskGoesOnToANode() {
    yard.nodes.slots = 1;
    var _ = yard.partition.start(Yard.request("e1", FORK, "{\"kind\": \"order\"}"));
    yard.run();
    Effect.Dispatch fetch = yard.nodes.last();
    assertThat(fetch.arguments().path("endpoint").path("uri").asText())
        .isEqualTo("https://example.com/order");

    reportDocument("type: string");
    assertThat(yard.violations()).isEmpty();
    for (int i = 1; i < yard.nodes.dispatched.size(); i++) {
      yard.report(yard.nodes.dispatched.get(i), "\"done\"");
    }

    assertThat(yard.violations()).isEmpty();
    assertThat(yard.nodes.dispatched).as("one fetch, and two calls").hasSize(3);
    assertThat(yard.summary("e1").status()).isEqualTo(Status.COMPLETED);
  }
}
