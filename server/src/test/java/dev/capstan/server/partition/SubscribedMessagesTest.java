package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.ErrorType;
import org.junit.jupiter.api.Test;

/** Messages that a node hands over: safe when they are committed, and said to be so only then. */
class SubscribedMessagesTest {
  private static final String HEARS =
      """
      document: { dsl: '1.0.3', namespace: test, name: hears, version: '1.0.0' }
      do:
        - hear:
            call: asyncapi
            with:
              document: { endpoint: 'http://example.com/asyncapi.json' }
              operation: hear
              subscription: { filter: '${ .payload > 0 }', consume: { amount: 2 } }
            output: { as: '${ map(.payload) }' }
      """;

  private final Yard yard = new Yard();

  private AttemptToken start() {
    yard.start("a", HEARS);
    Effect.Dispatch dispatch = yard.nodes.last();
    assertThat(dispatch.kind()).isEqualTo("call:asyncapi");
    return dispatch.token();
  }

  private void deliver(AttemptToken token, long number, String payload) {
    yard.partition.report(
        new Command.DeliverMessage(token, number, Yard.json("{\"payload\":" + payload + "}")), "a");
    yard.run();
  }

  @Test
  void aMessageIsConfirmedWhenItIsCommittedAndNotBefore() {
    AttemptToken token = start();
    yard.log.hold();

    deliver(token, 1, "1");
    assertThat(yard.nodes.confirmed).isEmpty();

    yard.log.commitOne();
    yard.run();
    assertThat(yard.nodes.confirmed).containsExactly(1L);
  }

  @Test
  void oneThatIsNotWantedWaitsForWhatItWasJudgedBy() {
    AttemptToken token = start();
    yard.log.hold();
    deliver(token, 1, "1");

    deliver(token, 2, "-1");
    assertThat(yard.nodes.confirmed).isEmpty();

    yard.log.commitOne();
    yard.run();
    assertThat(yard.nodes.confirmed).containsExactly(1L, 2L);
    long events = yard.summary("a").eventCount();
    deliver(token, 3, "-1");
    assertThat(yard.nodes.confirmed).containsExactly(1L, 2L, 3L);
    assertThat(yard.summary("a").eventCount()).isEqualTo(events);
  }

  @Test
  void oneThatComesTwiceIsTakenOnce() {
    AttemptToken token = start();

    deliver(token, 1, "1");
    deliver(token, 1, "1");
    assertThat(yard.nodes.confirmed).containsExactly(1L, 1L);
    deliver(token, 2, "2");

    assertThat(yard.summary("a").output()).isEqualTo(Yard.json("[1,2]"));
    assertThat(yard.nodes.confirmed).endsWith(2L);
    assertThat(yard.nodes.cancelled).containsExactly(token);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void oneOfAnotherAttemptIsRefused() {
    AttemptToken token = start();

    deliver(new AttemptToken("a", token.task(), token.attempt() + 1, token.epoch()), 1, "1");

    assertThat(yard.nodes.confirmed).isEmpty();
    assertThat(yard.summary("a").status()).isEqualTo(Status.WAITING);
  }

  @Test
  void oneThatIsTooLargeFaultsTheTaskSinceItWouldComeForEver() {
    AttemptToken token = start();
    String large = "\"" + "x".repeat(yard.limits.payloadBytes()) + "\"";

    deliver(token, 1, large);

    assertThat(yard.error("a").type()).isEqualTo(ErrorType.VALIDATION.uri());
    assertThat(yard.nodes.cancelled).containsExactly(token);
  }
}
