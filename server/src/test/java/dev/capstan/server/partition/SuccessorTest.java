package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Message;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.ErrorType;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Executions that go on as others where they are stored. */
class SuccessorTest {
  private static final String LOOP =
      """
      document: { dsl: '1.0.3', namespace: test, name: loop, version: '1.0.0' }
      do:
        - work: { call: http, with: { method: get, endpoint: 'http://example.com/', output: content } }
        - enough: { switch: [ { yes: { when: '${ .n >= 3 }', then: end } }, { no: { then: again } } ] }
        - again:
            run: { workflow: { namespace: test, name: loop, version: '1.0.0', input: '%s' }, await: false }
            metadata: { capstan: { continueAsNew: true } }
            then: end
      """
          .replace("'%s'", "{ n: '${ .n }' }");

  private static final String PARENT =
      """
      document: { dsl: '1.0.3', namespace: test, name: parent, version: '1.0.0' }
      do:
        - ask: { run: { workflow: { namespace: test, name: loop, version: '1.0.0' } } }
      """;

  private final Yard yard = new Yard();

  private Summary next(Summary before) {
    return yard.summary(Objects.requireNonNull(before.continuedAs()));
  }

  @Test
  void aChainIsLinkedAndHasTheSameLabels() {
    var _ = yard.partition.start(Yard.labelled("l", LOOP, Map.of("team", "red")));
    yard.run();
    yard.report(yard.nodes.last(), "{\"n\":1}");
    yard.report(yard.nodes.last(), "{\"n\":3}");

    Summary first = yard.summary("l");
    assertThat(first.status()).isEqualTo(Status.COMPLETED);
    assertThat(first.output()).isEqualTo(Yard.json("null"));
    assertThat(first.continuedFrom()).isNull();
    Summary last = next(first);
    assertThat(last.continuedFrom()).isEqualTo("l");
    assertThat(last.continuedAs()).isNull();
    assertThat(last.labels()).isEqualTo(Map.of("team", "red"));
    assertThat(last.startedBy()).isEqualTo("tester");
    assertThat(last.output()).isEqualTo(Yard.json("{\"n\":3}"));
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void theNextLeaderGoesOnWhereverTheChainWasCut() {
    yard.deploy(LOOP);
    yard.start("p", PARENT);
    yard.report(yard.nodes.last(), "{\"n\":1}");
    yard.restart();
    yard.log.hold();
    yard.nodes.taken--;
    yard.partition.report(
        new Command.ReportOutput(yard.nodes.last().token(), Yard.json("{\"n\":2}")),
        yard.nodes.last().token().execution());
    yard.run();
    yard.log.commitOne();
    assertThat(yard.rows(Table.OUTBOX)).hasSize(1);
    yard.restart();
    assertThat(yard.nodes.dispatched).hasSize(3);
    yard.report(yard.nodes.last(), "{\"n\":3}");

    assertThat(yard.summary("p").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.summary("p").output()).isEqualTo(Yard.json("{\"n\":3}"));
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void whateverComesTwiceStartsOneSuccessor() {
    yard.deploy(LOOP);
    List<Message> sent = new ArrayList<>();
    yard.router =
        (message, sender) -> {
          sent.add(message);
          return List.of(sender, sender);
        };
    yard.start("p", PARENT);
    yard.report(yard.nodes.last(), "{\"n\":1}");
    yard.report(yard.nodes.last(), "{\"n\":3}");

    assertThat(sent).hasSize(4);
    assertThat(yard.nodes.dispatched).hasSize(2);
    assertThat(yard.ended).hasSize(3);
    assertThat(yard.summary("p").output()).isEqualTo(Yard.json("{\"n\":3}"));
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void cancellingTheParentEndsTheLastOfTheChain() {
    yard.deploy(LOOP);
    yard.start("p", PARENT);
    yard.report(yard.nodes.last(), "{\"n\":1}");
    yard.report(yard.nodes.last(), "{\"n\":2}");
    yard.order("p", new Command.Cancel("tester", null));

    assertThat(yard.ended)
        .extracting(Summary::status)
        .containsExactlyInAnyOrder(
            Status.COMPLETED, Status.COMPLETED, Status.CANCELLED, Status.CANCELLED);
    assertThat(yard.nodes.cancelled).hasSize(1);
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aSuccessorThatIsNotThereFaultsTheTask() {
    yard.start(
        "l",
        LOOP.replace("name: loop, version: '1.0.0', input", "name: x, version: latest, input"));
    yard.report(yard.nodes.last(), "{\"n\":1}");

    assertThat(yard.summary("l").status()).isEqualTo(Status.FAULTED);
    assertThat(yard.error("l").type()).isEqualTo(ErrorType.CONFIGURATION.uri());
    assertThat(yard.error("l").detail()).contains("There is no workflow test/x@latest");
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
  }
}
