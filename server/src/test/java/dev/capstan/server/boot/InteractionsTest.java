package dev.capstan.server.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.capstan.core.execution.Status;
import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.server.gateway.Gateway;
import dev.capstan.server.gateway.Gateway.StartRequest;
import dev.capstan.server.gateway.Interactions;
import dev.capstan.server.gateway.Interactions.HumanTaskFilter;
import dev.capstan.server.gateway.Interactions.HumanTaskView;
import dev.capstan.server.gateway.Interactions.UpdateRequest;
import dev.capstan.server.gateway.Interactions.UpdateView;
import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.gateway.TaskId;
import dev.capstan.server.gateway.Views.HistoryEntry;
import dev.capstan.server.gateway.Views.Page;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Human tasks, updates and queries of a coordinator, and after another one has taken over. */
class InteractionsTest {
  private static final Principal ADA = new Principal("ada");
  private static final Principal BOB = new Principal("bob");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final HumanTaskFilter ALL = new HumanTaskFilter(null, null, null, null);

  private static final String APPROVAL =
      """
      document: {dsl: '1.0.3', namespace: test, name: approval, version: '1.0.0'}
      do:
        - approve:
            listen: {to: {one: {with: {type: test.decided}}}}
            metadata:
              capstan:
                human:
                  title: '${ "Pay \\(.amount)?" }'
                  description: It is late.
                  assignee: '${ .boss }'
                  candidates: [finance, '${ .boss }']
                  form: {type: object, required: [approved], properties: {approved: {type: boolean}}}
                  due: {hours: 1}
                  priority: 7
        - done: {set: {approved: '${ .[0].approved }'}}
      """;

  private static final String CART =
      """
      document:
        dsl: '1.0.3'
        namespace: test
        name: cart
        version: '1.0.0'
        metadata:
          capstan:
            queries:
              items: '.items // []'
              first: '.items[0].name | ascii_upcase'
              who: '${ $input.who + "/" + $workflow.id }'
      do:
        - fill:
            listen: {to: {any: [{with: {type: test.added}}], until: '. | length == 3'}}
            foreach:
              do:
                - keep: {set: {name: '${ $item.name }', place: '${ $index }'}}
                - slow:
                    if: $item.slow
                    wait: {milliseconds: 200}
                - slower:
                    if: $item.slower
                    wait: {seconds: 3}
                - refuse:
                    if: '$item.name == "poison"'
                    raise: {error: {type: 'https://example.com/poison', status: 409, detail: it kills}}
              export: {as: '${ ($context.items // []) as $known | {items: ($known + [{name: .name}])} }'}
            metadata: {capstan: {update: {name: add, input: {required: [name]}}}}
        - close:
            listen: {to: {one: {with: {type: test.closed}}}}
            output: {as: '${ {bill: .[0].pay} }'}
            metadata: {capstan: {update: {name: close}}}
      """;

  @TempDir Path directory;
  private Coordinator coordinator;

  @BeforeEach
  void start() {
    coordinator = Coordinator.start(CoordinatorConfig.local(directory), Map.of());
  }

  @AfterEach
  void stop() {
    coordinator.close();
  }

  private void takeOver() {
    stop();
    start();
  }

  private Gateway gateway() {
    return coordinator.gateway();
  }

  private Interactions interactions() {
    return gateway().interactions();
  }

  private static JsonNode json(String text) {
    try {
      return new JsonMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private void run(String definition, String id, String input) {
    Object _ =
        gateway()
            .start(
                ADA,
                new StartRequest(definition, null, null, null, json(input), id, null, Map.of()))
            .join();
  }

  private JsonNode output(String id) {
    return Objects.requireNonNull(gateway().await(ADA, id, PATIENCE).join().output());
  }

  private List<String> listed(@Nullable String assignee, @Nullable String candidate) {
    return interactions()
        .humanTasks(ADA, new HumanTaskFilter(assignee, candidate, null, null), 100, null)
        .items()
        .stream()
        .map(task -> task.id().toString())
        .toList();
  }

  private static Refusal refusal(ThrowingCallable request) {
    try {
      request.call();
    } catch (Refusal refusal) {
      return refusal;
    } catch (CompletionException e) {
      if (e.getCause() instanceof Refusal refusal) {
        return refusal;
      }
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("it was not refused");
  }

  private UpdateView update(String execution, String name, String input, @Nullable String key) {
    return interactions()
        .update(ADA, new UpdateRequest(execution, name, json(input), key, PATIENCE))
        .join();
  }

  @Test
  void aHumanTaskIsListedShownAndDecidedOnceWhicheverLeaderThereIs() {
    run(APPROVAL, "a1", "{\"amount\":7,\"boss\":\"ada\"}");
    run(APPROVAL, "a2", "{\"amount\":8,\"boss\":\"bob\"}");
    takeOver();
    TaskId task = new TaskId("a1", 1);

    assertThat(listed(null, null)).containsExactly("a2:1", "a1:1");
    assertThat(listed("ada", null)).containsExactly("a1:1");
    assertThat(listed(null, "finance")).containsExactly("a2:1", "a1:1");
    assertThat(listed("ada", "bob")).isEmpty();
    HumanTaskView shown = interactions().humanTask(ADA, task);
    assertThat(shown.title()).isEqualTo("Pay 7?");
    assertThat(shown.candidates()).containsExactly("finance", "ada");
    assertThat(shown.priority()).isEqualTo(7);
    assertThat(shown.description()).isEqualTo("It is late.");
    assertThat(shown.dueAt()).isEqualTo(shown.since().plus(Duration.ofHours(1)));
    assertThat(Objects.requireNonNull(shown.form()).path("required").path(0).asText())
        .isEqualTo("approved");
    assertThat(gateway().execution(ADA, "a1").tasks())
        .extracting(view -> view.reason())
        .singleElement()
        .asString()
        .startsWith("waits for ada to decide \"Pay 7?\", due 2");

    Refusal wrong =
        refusal(() -> interactions().complete(BOB, task, json("{\"approved\":1}"), null).join());
    assertThat(wrong.code()).isEqualTo(Refusal.Code.INVALID_DATA);
    assertThat(wrong.details()).extracting(Refusal.Detail::pointer).containsExactly("/approved");
    assertThat(gateway().execution(ADA, "a1").status()).isEqualTo(Status.WAITING);

    JsonNode yes = json("{\"approved\":true}");
    assertThat(interactions().complete(BOB, task, yes, "k").join().replayed()).isFalse();
    assertThat(interactions().complete(BOB, task, yes, "k").join().replayed()).isTrue();
    assertThat(output("a1")).isEqualTo(yes);
    Refusal again = refusal(() -> interactions().complete(ADA, task, yes, null).join());
    assertThat(again.code()).isEqualTo(Refusal.Code.WRONG_STATE);
    assertThat(again).hasMessageContaining("was decided by bob at 2");
    assertThat(listed(null, null)).containsExactly("a2:1");
    assertThat(listed(null, "finance")).containsExactly("a2:1");
    assertThat(refusal(() -> interactions().humanTask(ADA, task)).code())
        .isEqualTo(Refusal.Code.NOT_FOUND);

    Page<HistoryEntry> history = gateway().history(ADA, "a1", 0, 100);
    assertThat(history.items())
        .filteredOn(entry -> entry.type().equals("cloudevent.consumed"))
        .extracting(HistoryEntry::by)
        .containsExactly("bob");
    assertThat(history.items()).extracting(HistoryEntry::type).contains("humantask.opened");
    assertThat(gateway().audit(ADA, 100, null).items())
        .filteredOn(entry -> entry.operation().equals("human-task.complete"))
        .extracting(entry -> entry.principal() + " " + entry.object())
        .containsExactly("bob a1:1");
  }

  @Test
  void aHumanTaskGoesToSomebodyElseAndIsFoundThereAlone() {
    run(APPROVAL, "a1", "{\"amount\":7,\"boss\":\"ada\"}");
    TaskId task = new TaskId("a1", 1);

    assertThat(interactions().assign(ADA, task, "eve").join().assignee()).isEqualTo("eve");
    takeOver();
    assertThat(listed("ada", null)).isEmpty();
    assertThat(listed("eve", "ada")).containsExactly("a1:1");
    assertThat(interactions().assign(ADA, task, null).join().assignee()).isNull();
    assertThat(listed("eve", null)).isEmpty();
    assertThat(listed(null, null)).containsExactly("a1:1");

    gateway().cancel(ADA, "a1", null).join();
    assertThat(listed(null, null)).isEmpty();
    assertThat(listed(null, "finance")).isEmpty();
    assertThat(refusal(() -> interactions().assign(ADA, task, "bob").join()).code())
        .isEqualTo(Refusal.Code.WRONG_STATE);
  }

  @Test
  void listsOfHumanTasksHavePages() {
    for (int i = 0; i < 5; i++) {
      run(APPROVAL, "a" + i, "{\"amount\":" + i + ",\"boss\":\"ada\"}");
    }
    Page<HumanTaskView> first = interactions().humanTasks(ADA, ALL, 3, null);
    Page<HumanTaskView> second = interactions().humanTasks(ADA, ALL, 3, first.next());

    assertThat(first.items()).extracting(HumanTaskView::execution).hasSize(3);
    assertThat(second.items()).hasSize(2).doesNotContainAnyElementsOf(first.items());
    assertThat(second.next()).isNull();
    assertThat(refusal(() -> interactions().humanTasks(ADA, ALL, 3, "x")).code())
        .isEqualTo(Refusal.Code.INVALID_REQUEST);
  }

  @Test
  void whatIsNoHumanTaskIsNotFound() {
    run(CART, "c1", "{}");

    for (TaskId task :
        List.of(new TaskId("c1", 1), new TaskId("c1", 99), new TaskId("nobody", 1))) {
      assertThat(refusal(() -> interactions().complete(ADA, task, json("1"), null).join()).code())
          .isEqualTo(Refusal.Code.NOT_FOUND);
    }
  }

  @Test
  void anUpdateIsAnsweredByItsHandlerAndTakenOnce() {
    run(CART, "c1", "{\"who\":\"eve\"}");

    UpdateView first = update("c1", "add", "{\"name\":\"ham\",\"slow\":true}", "k1");
    assertThat(first.answer()).isEqualTo(json("{\"name\":\"ham\",\"place\":0}"));
    assertThat(first.replayed()).isFalse();
    takeOver();
    UpdateView same = update("c1", "add", "{\"name\":\"ham\",\"slow\":true}", "k1");
    assertThat(same.answer()).isEqualTo(first.answer());
    assertThat(same.replayed()).isTrue();
    assertThat(update("c1", "add", "{\"name\":\"egg\"}", null).answer())
        .isEqualTo(json("{\"name\":\"egg\",\"place\":1}"));
    assertThat(refusal(() -> update("c1", "add", "{}", null)).code())
        .isEqualTo(Refusal.Code.INVALID_DATA);

    Refusal early = refusal(() -> update("c1", "close", "{}", null));
    assertThat(early.code()).isEqualTo(Refusal.Code.NOT_LISTENING);
    assertThat(early.retryAfter()).isNotNull();
    assertThat(early.hint()).contains("add");

    update("c1", "add", "{\"name\":\"jam\"}", null);
    assertThat(update("c1", "close", "{\"pay\":3}", "k2").answer()).isEqualTo(json("{\"bill\":3}"));
    assertThat(output("c1")).isEqualTo(json("{\"bill\":3}"));
    assertThat(update("c1", "close", "{\"pay\":3}", "k2").answer())
        .as("also when the execution has ended")
        .isEqualTo(json("{\"bill\":3}"));
    assertThat(refusal(() -> update("c1", "close", "{}", null)).retryAfter()).isNull();
  }

  @Test
  void updatesThatComeTogetherAreAnsweredEachWithItsOwn() {
    run(CART, "c1", "{}");
    var slow =
        interactions()
            .update(
                ADA,
                new UpdateRequest(
                    "c1", "add", json("{\"name\":\"ham\",\"slow\":true}"), null, PATIENCE));
    var quick =
        interactions()
            .update(
                ADA, new UpdateRequest("c1", "add", json("{\"name\":\"egg\"}"), null, PATIENCE));

    assertThat(slow.join().answer()).isEqualTo(json("{\"name\":\"ham\",\"place\":0}"));
    assertThat(quick.join().answer()).isEqualTo(json("{\"name\":\"egg\",\"place\":1}"));
  }

  @Test
  void anUpdateWhoseHandlerFaultsSaysSo() {
    run(CART, "c1", "{}");

    Refusal faulted = refusal(() -> update("c1", "add", "{\"name\":\"poison\"}", null));

    assertThat(faulted.code()).isEqualTo(Refusal.Code.UPDATE_FAULTED);
    assertThat(faulted).hasMessageContaining("it kills (https://example.com/poison, status 409)");
  }

  @Test
  void anUpdateThatIsNotAnsweredInTimeIsTakenAllTheSame() {
    run(CART, "c1", "{}");

    UpdateView view =
        interactions()
            .update(
                ADA,
                new UpdateRequest(
                    "c1",
                    "add",
                    json("{\"name\":\"ham\",\"slower\":true}"),
                    "k",
                    Duration.ofMillis(1)))
            .join();

    assertThat(view.answered()).isFalse();
    assertThat(update("c1", "add", "{}", "k").answer())
        .isEqualTo(json("{\"name\":\"ham\",\"place\":0}"));
  }

  @Test
  void anExecutionIsAskedWhileItRunsAndWhenItHasEnded() {
    run(CART, "c1", "{\"who\":\"eve\"}");
    assertThat(interactions().queries(ADA, "c1").names()).containsExactly("items", "first", "who");
    assertThat(interactions().query(ADA, "c1", "items").value()).isEqualTo(json("[]"));
    assertThat(interactions().query(ADA, "c1", "who").value()).isEqualTo(json("\"eve/c1\""));
    Refusal failed = refusal(() -> interactions().query(ADA, "c1", "first"));
    assertThat(failed.code()).isEqualTo(Refusal.Code.QUERY_FAILED);
    assertThat(failed).hasMessageContaining("ascii_upcase");
    Refusal unknown = refusal(() -> interactions().query(ADA, "c1", "total"));
    assertThat(unknown.code()).isEqualTo(Refusal.Code.NOT_FOUND);
    assertThat(unknown.hint()).contains("items, first, who");
    assertThatThrownBy(() -> interactions().queries(ADA, "nobody")).isInstanceOf(Refusal.class);

    update("c1", "add", "{\"name\":\"ham\"}", null);
    assertThat(interactions().query(ADA, "c1", "first").value()).isEqualTo(json("\"HAM\""));
    gateway().cancel(ADA, "c1", null).join();
    takeOver();
    assertThat(interactions().query(ADA, "c1", "items").value())
        .isEqualTo(json("[{\"name\":\"ham\"}]"));
  }
}
