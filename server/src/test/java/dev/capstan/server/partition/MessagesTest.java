package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Message;
import dev.capstan.core.decision.Outcome;
import dev.capstan.core.execution.Status;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.core.history.ErrorType;
import dev.capstan.core.history.ParentReference;
import dev.capstan.core.history.Predecessor;
import dev.capstan.server.partition.PartitionRequests.Summary;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What executions have to say to each other: stored with its cause, delivered at least once. */
class MessagesTest {
  private static final String PARENT =
      """
      document: { dsl: '1.0.3', namespace: test, name: parent, version: '1.0.0' }
      do:
        - ask:
            run:
              workflow: { namespace: test, name: child, version: latest, input: { n: 1 } }
      """;
  private static final String CHILD =
      """
      document: { dsl: '1.0.3', namespace: test, name: child, version: '%s' }
      do:
        - work:
            call: http
            with: { method: get, endpoint: 'http://example.com/%s', output: content }
      """;
  private static final String SPEAKER =
      """
      document: { dsl: '1.0.3', namespace: test, name: speaker, version: '1.0.0' }
      do:
        - say:
            emit:
              event:
                with: { source: 'http://example.com/', type: com.example.paid, data: { n: 1 } }
      """;

  private final Yard yard = new Yard();

  private void deployChildren() {
    yard.deploy(CHILD.formatted("1.9.0", "old"));
    yard.deploy(CHILD.formatted("1.10.0", "new"));
  }

  @Test
  void aChildIsTheLatestVersionAndItsOutputIsTheTasks() {
    deployChildren();
    yard.start("p", PARENT);
    assertThat(yard.nodes.last().arguments().toString()).contains("/new");
    yard.report(yard.nodes.last(), "{\"done\":true}");

    assertThat(yard.summary("p").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.summary("p").output()).isEqualTo(Yard.json("{\"done\":true}"));
    assertThat(yard.ended).extracting(Summary::id).hasSize(2).last().isEqualTo("p");
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aChildOfAnUnknownWorkflowIsAConfigurationError() {
    yard.start("p", PARENT);

    assertThat(yard.summary("p").status()).isEqualTo(Status.FAULTED);
    assertThat(yard.error("p").type()).isEqualTo(ErrorType.CONFIGURATION.uri());
    assertThat(yard.error("p").detail()).contains("test/child@latest");
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
  }

  @Test
  void aWorkflowThatRunsItselfIsStoppedAtTheDepthThatIsAllowed() {
    yard.deploy(PARENT.replace("name: child", "name: parent"));
    yard.start("p", PARENT.replace("name: child", "name: parent"));

    assertThat(yard.ended).hasSize(33).extracting(Summary::status).containsOnly(Status.FAULTED);
    assertThat(yard.summary("p").status()).isEqualTo(Status.FAULTED);
    assertThat(yard.error("p").type()).isEqualTo(ErrorType.CONFIGURATION.uri());
    assertThat(yard.error("p").detail())
        .contains("at most 32 levels deep", "test/parent@1.0.0 (33 times)");
    assertThat(yard.violations()).isEmpty();
  }

  /** Each partition knows of every other one only. */
  @Test
  void thatDepthIsTheSameWhereAWorkflowRunsItselfInAnotherPartition() {
    String itself = PARENT.replace("name: child", "name: parent");
    Yard other = new Yard();
    yard.router =
        (message, sender) ->
            message instanceof Message.StartChild
                ? List.of(other.partition)
                : List.of(sender, other.partition);
    other.router =
        (message, sender) ->
            message instanceof Message.StartChild
                ? List.of(yard.partition)
                : List.of(sender, yard.partition);
    yard.deploy(itself);
    other.deploy(itself);
    yard.start("p", itself);
    for (int i = 0; i < 100; i++) {
      other.run();
      yard.run();
    }

    assertThat(yard.ended.size() + other.ended.size()).isEqualTo(33);
    assertThat(yard.summary("p").status()).isEqualTo(Status.FAULTED);
    assertThat(yard.error("p").detail())
        .contains("at most 32 levels deep", "test/parent would be one deeper");
  }

  @Test
  void aCancelledParentCancelsItsChild() {
    deployChildren();
    yard.start("p", PARENT);
    yard.order("p", new Command.Cancel("tester", null));

    assertThat(yard.ended).extracting(Summary::status).containsOnly(Status.CANCELLED).hasSize(2);
    assertThat(yard.nodes.cancelled).hasSize(1);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void aMessageIsDeliveredAgainByTheNextLeader() {
    deployChildren();
    yard.log.hold();
    yard.post("p", PARENT);
    yard.run();
    yard.log.commitOne();
    assertThat(yard.rows(Table.OUTBOX)).hasSize(1);
    assertThat(yard.nodes.dispatched).isEmpty();

    yard.restart();
    assertThat(yard.nodes.dispatched).hasSize(1);
    yard.report(yard.nodes.last(), "1");
    assertThat(yard.summary("p").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
  }

  @Test
  void aMessageThatComesTwiceDoesWhatItDoesOnce() {
    deployChildren();
    List<Message> sent = new ArrayList<>();
    yard.router =
        (message, sender) -> {
          sent.add(message);
          return List.of(sender, sender);
        };
    yard.start("p", PARENT);
    yard.report(yard.nodes.last(), "1");

    assertThat(sent).hasSize(2);
    assertThat(yard.nodes.dispatched).hasSize(1);
    assertThat(yard.summary("p").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
  }

  @Test
  void aDeliveryThatFailsIsTriedAgainAndItsRowStays() {
    yard.start("l", Yard.ONE_LISTEN);
    int[] failures = {3};
    yard.router =
        (message, sender) ->
            failures[0]-- > 0
                ? List.of(any -> CompletableFuture.failedFuture(Refusals.notReady("another")))
                : List.of(sender);
    yard.start("s", SPEAKER);
    assertThat(yard.rows(Table.OUTBOX)).hasSize(1);
    assertThat(yard.violations()).isEmpty();

    for (int i = 0; i < 10; i++) {
      yard.pass(Duration.ofMillis(100));
    }
    assertThat(yard.summary("l").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
    assertThat(yard.partition.status().outboxFailed()).isEqualTo(3);
  }

  /** Its partition is another one, where nobody knows that the task is gone that wanted it. */
  @Test
  void aChildThatIsCancelledBeforeItsStartHasArrivedDoesNotRun() {
    Yard children = new Yard();
    children.deploy(CHILD.formatted("1.0.0", "any"));
    int[] failures = {2};
    yard.router =
        (message, _) ->
            message instanceof Message.StartChild && failures[0]-- > 0
                ? List.of(any -> CompletableFuture.failedFuture(Refusals.notReady("another")))
                : List.of(children.partition);
    children.router = (_, _) -> List.of(yard.partition);
    yard.start("p", PARENT);
    yard.order("p", new Command.Cancel("tester", null));
    assertThat(yard.summary("p").status()).isEqualTo(Status.CANCELLED);

    for (int i = 0; i < 10; i++) {
      yard.pass(Duration.ofMillis(100));
      children.run();
      yard.run();
    }

    assertThat(children.ended).extracting(Summary::status).containsExactly(Status.CANCELLED);
    assertThat(yard.rows(Table.OUTBOX)).isEmpty();
    assertThat(children.rows(Table.OUTBOX)).isEmpty();
    assertThat(yard.violations()).isEmpty();
    assertThat(children.violations()).isEmpty();
  }

  @Test
  void anEmittedEventReachesListeners() {
    yard.start("l", Yard.ONE_LISTEN);
    yard.start("s", SPEAKER);

    assertThat(yard.summary("l").status()).isEqualTo(Status.COMPLETED);
    assertThat(yard.summary("l").output()).isEqualTo(Yard.json("[{\"n\":1}]"));
  }

  static List<Message> messages() {
    ParentReference parent = new ParentReference("p", 3, true, 5);
    return List.of(
        new Message.Publish(new CloudEvent(Yard.json("{\"id\":\"1\",\"type\":\"t\"}"))),
        new Message.StartChild("c", "ns", "name", "latest", Yard.json("[1]"), parent, null),
        new Message.StartChild(
            "c", "ns", "name", "latest", Yard.json("[1]"), parent, Instant.ofEpochSecond(7, 9)),
        new Message.StartSuccessor(
            "c",
            "ns",
            "name",
            "1.0.0",
            Yard.json("[1]"),
            parent,
            Map.of("a", "b"),
            "me",
            new Predecessor("b", 5, "a")),
        new Message.StartSuccessor(
            "c",
            "ns",
            "name",
            "latest",
            Yard.json("{}"),
            null,
            Map.of(),
            "me",
            new Predecessor("a", 1, "a")),
        new Message.NotifyParent(parent, "c", new Outcome.Continued("d")),
        new Message.CancelChild("c", "no longer wanted"),
        new Message.NotifyParent(parent, "c", new Outcome.Completed(Yard.json("null"))),
        new Message.NotifyParent(
            parent, "c", new Outcome.Faulted(ErrorType.TIMEOUT.error("late", "/do/0"))),
        new Message.NotifyParent(parent, "c", new Outcome.Cancelled("enough")),
        new Message.NotifyParent(parent, "c", new Outcome.Cancelled(null)));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aStoredMessageIsReadAsItWas(Message message) {
    byte[] bytes = MessageCodec.encode("sender", message);

    assertThat(MessageCodec.decode(MessageCodec.parse(bytes))).isEqualTo(message);
    assertThat(MessageCodec.parse(bytes).toByteArray()).isEqualTo(bytes);
    assertThat(MessageCodec.parse(bytes).getSender()).isEqualTo("sender");
  }
}
