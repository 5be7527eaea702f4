package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.execution.Status;
import org.junit.jupiter.api.Test;

/** A loop with many iterations at a time, all of which have its large input. */
class WideLoopTest {
  private static final int ITEMS = 300;
  private static final int WIDTH = 100;

  private static final String LOOP =
      """
      document: { dsl: '1.0.3', namespace: test, name: loop, version: '1.0.0' }
      do:
        - l:
            for: { in: .items }
            do:
              - work:
                  call: http
                  with: { method: get, endpoint: 'http://example.com/', output: content }
            metadata: { capstan: { parallel: { width: %d } } }
      """
          .formatted(WIDTH);

  private final Yard yard = new Yard();

  private static String input() {
    String item = "\"" + "x".repeat(1_000) + "\"";
    return "{\"items\": [" + (item + ", ").repeat(ITEMS - 1) + item + "]}";
  }

  @Test
  void isWeighedByWhatItHasAndStaysInMemory() {
    String text = input();
    JsonNode input = Yard.json(text);
    var _ = yard.partition.start(Yard.request("e1", LOOP, text));
    yard.run();
    assertThat(yard.nodes.dispatched).hasSize(WIDTH);
    assertThat(yard.partition.status().cachedBytes())
        .isBetween(JsonSize.of(input, Long.MAX_VALUE), 10 * JsonSize.of(input, Long.MAX_VALUE));

    long misses = yard.partition.status().cacheMisses();
    for (int i = 0; i < ITEMS; i++) {
      yard.report(yard.nodes.dispatched.get(i), "\"done\"");
    }
    assertThat(yard.summary("e1").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.partition.status().cacheMisses()).isEqualTo(misses);
  }
}
