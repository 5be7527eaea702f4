package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Command;
import dev.capstan.core.execution.Status;
import dev.capstan.server.gateway.Refusal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Compensations where executions are stored, and led by one coordinator after the other. */
class CompensationTest {
  private static final String SAGA =
      """
      document: { dsl: '1.0.3', namespace: test, name: saga, version: '1.0.0' }
      do:
        - reserve:
            call: http
            with: { method: post, endpoint: 'http://example.com/reserve', output: content }
            metadata:
              capstan:
                compensate:
                  - release: { call: http, with: { method: post, endpoint: 'http://example.com/release', body: '${ . }', output: content } }
                  - rest: { wait: { seconds: 5 } }
        - pay:
            set: { paid: true }
            metadata:
              capstan:
                compensate:
                  - refund: { call: http, with: { method: post, endpoint: 'http://example.com/refund', output: content } }
        - ship: { raise: { error: { type: 'https://example.com/lost', status: 500, detail: lost } } }
      """;

  private final Yard yard = new Yard();

  @Test
  void theNextLeaderGoesOnWithTheTaskThatIsBeingUndone() {
    yard.start("s", SAGA);
    yard.report(yard.nodes.last(), "{\"room\":7}");
    assertThat(yard.nodes.last().taskName()).isEqualTo("refund");
    yard.restart();
    yard.report(yard.nodes.last(), "1");

    assertThat(yard.nodes.last().reference())
        .isEqualTo("/do/0/reserve/metadata/capstan/compensate/0/release");
    assertThat(yard.nodes.last().arguments().path("body")).isEqualTo(Yard.json("{\"room\":7}"));
    yard.report(yard.nodes.last(), "1");
    yard.restart();
    assertThat(yard.summary("s").status()).isEqualTo(Status.WAITING);
    yard.pass(Duration.ofSeconds(5));

    assertThat(yard.summary("s").status()).isEqualTo(Status.FAULTED);
    assertThat(yard.error("s").detail()).isEqualTo("lost");
    assertThat(yard.nodes.dispatched)
        .extracting(dispatch -> dispatch.taskName())
        .containsExactly("reserve", "refund", "release");
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void whatHasBeenUndoneCanNotBeRetried() {
    yard.start("s", SAGA);
    for (int i = 0; i < 3; i++) {
      yard.report(yard.nodes.last(), "1");
    }
    yard.pass(Duration.ofSeconds(5));

    Refusal refusal = Yard.refusal(yard.command("s", new Command.Retry("tester")));

    assertThat(refusal).hasMessageContaining("has undone what it had done");
  }
}
