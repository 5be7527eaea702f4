package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import dev.capstan.api.storage.v1.ActiveTask;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.server.store.Batch;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.MemoryStore;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What tasks say under {@code metadata.capstan}, all the way through a partition. */
class QueueScenarioTest {
  private final Yard yard = new Yard();

  private static String saying(String settings) {
    return Yard.ONE_TASK + "      metadata: { capstan: " + settings + " }\n";
  }

  private List<String> dispatched() {
    return yard.nodes.dispatched.stream().map(each -> each.token().execution()).toList();
  }

  private JsonNode wanted(String execution) {
    return Objects.requireNonNull(yard.reader.waiting(execution, 1)).metadata();
  }

  private Effect.Dispatch attempt(String execution) {
    return yard.nodes.dispatched.stream()
        .filter(each -> each.token().execution().equals(execution))
        .reduce((_, last) -> last)
        .orElseThrow();
  }

  @Test
  void what_came_later_with_a_higher_priority_goes_first() {
    yard.nodes.slots = 0;
    yard.start("low", saying("{ priority: -5 }"));
    yard.start("high", saying("{ priority: 5 }"));
    yard.nodes.slots = 1;
    yard.partition.slotsFreed();
    yard.run();
    assertThat(dispatched()).containsExactly("high");
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void a_concurrency_limit_holds_through_reports_and_a_restart() {
    String two = saying("{ concurrency: { key: db, limit: 2 } }");
    for (int i = 0; i < 4; i++) {
      yard.start("e" + i, two);
    }
    assertThat(dispatched()).containsExactly("e0", "e1");
    yard.restart();
    yard.partition.slotsFreed();
    yard.run();
    assertThat(dispatched()).as("what runs counts after a restart too").hasSize(2);
    assertThat(yard.partition.heldBack(Yard.json("{\"concurrency\":{\"key\":\"db\",\"limit\":2}}")))
        .isEqualTo("concurrency limit 2 of key db: 2 run");
    yard.report(attempt("e0"), "{}");
    assertThat(dispatched()).containsExactly("e0", "e1", "e2");
    assertThat(yard.violations()).isEmpty();
    yard.report(attempt("e1"), "{}");
    yard.report(attempt("e2"), "{}");
    yard.report(attempt("e3"), "{}");
    assertThat(yard.ended).hasSize(4);
    assertThat(yard.rows(Table.TASKS)).isEmpty();
  }

  @Test
  void a_lost_node_gives_back_what_counted_under_a_key() {
    String one = saying("{ concurrency: { key: db, limit: 1 } }");
    yard.start("e0", one);
    yard.start("e1", one);
    yard.nodes.epoch = 2;
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    assertThat(yard.nodes.dispatched).hasSize(2);
    assertThat(yard.nodes.last().token().epoch()).isEqualTo(2);
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void a_rate_lets_tasks_start_one_by_one_and_the_partition_knows_when() {
    String rate = saying("{ rate: { key: mail, limit: 1, per: PT10S } }");
    yard.start("e0", rate);
    yard.start("e1", rate);
    assertThat(dispatched()).containsExactly("e0");
    yard.report(attempt("e0"), "{}");
    assertThat(dispatched()).containsExactly("e0");
    assertThat(Duration.ofNanos(yard.partition.idleNanos())).isEqualTo(Duration.ofSeconds(10));
    assertThat(yard.partition.heldBack(wanted("e1")))
        .isEqualTo("rate limit 1 in PT10S of key mail is used up");
    yard.pass(Duration.ofSeconds(9));
    assertThat(dispatched()).containsExactly("e0");
    yard.pass(Duration.ofSeconds(1));
    assertThat(dispatched()).containsExactly("e0", "e1");
  }

  @Test
  void a_restart_never_lets_more_start_than_the_rate_does() {
    String rate = saying("{ rate: { key: mail, limit: 1, per: PT10S } }");
    yard.start("e0", rate);
    yard.pass(Duration.ofSeconds(3));
    yard.restart();
    yard.start("e1", rate);
    yard.pass(Duration.ofSeconds(7));
    assertThat(dispatched()).containsExactly("e0");
    yard.pass(Duration.ofSeconds(3));
    assertThat(dispatched()).containsExactly("e0", "e1");
  }

  @Test
  void keys_take_turns_in_spite_of_a_flood() {
    yard.nodes.slots = 0;
    for (int i = 0; i < 20; i++) {
      yard.start("flood-" + i, saying("{ key: flood }"));
    }
    yard.start("drop", saying("{ key: drop }"));
    yard.nodes.slots = 2;
    yard.partition.slotsFreed();
    yard.run();
    assertThat(dispatched()).containsExactly("flood-0", "drop");
  }

  @Test
  void the_order_of_waiting_survives_a_restart_with_its_age() {
    yard.nodes.slots = 0;
    yard.start("old", saying("{ }"));
    yard.pass(Duration.ofMinutes(3));
    yard.restart();
    yard.start("new", saying("{ priority: 10 }"));
    yard.nodes.slots = 1;
    yard.partition.slotsFreed();
    yard.run();
    assertThat(dispatched()).as("three minutes outweigh ten points").containsExactly("old");
  }

  /** One slot, which a task that came first has; another one waits for it since five minutes. */
  private void oneRunsAndOneWaits(String settings) {
    yard.nodes.slots = 1;
    yard.start("first", saying(settings));
    yard.start("second", saying("{ }"));
    yard.pass(Duration.ofMinutes(5));
    assertThat(dispatched()).containsExactly("first");
  }

  private void slotIsFree() {
    yard.nodes.taken = 0;
    yard.nodes.slots = 1;
    yard.partition.slotsFreed();
    yard.run();
  }

  @Test
  void a_task_of_a_lost_node_keeps_its_place_in_line() {
    oneRunsAndOneWaits("{ }");
    yard.nodes.epoch = 2;
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    assertThat(yard.reader.waiting("first", 1))
        .isNotNull()
        .extracting(PartitionReader.WaitingTask::since)
        .as("explain says since when it waits now")
        .isEqualTo(Instant.ofEpochMilli(yard.clock.wallMillis()));
    assertThat(yard.violations()).isEmpty();
    slotIsFree();
    assertThat(dispatched()).containsExactly("first", "first");
  }

  @Test
  void a_task_that_a_node_refused_keeps_its_place_in_line() {
    oneRunsAndOneWaits("{ }");
    yard.partition.report(
        new Command.ReportReturned(attempt("first").token(), "no room", Command.Return.UNTOUCHED),
        "first");
    yard.run();
    slotIsFree();
    assertThat(dispatched()).containsExactly("first", "first");
  }

  @Test
  void a_task_that_came_back_keeps_its_age_among_priorities() {
    yard.nodes.slots = 1;
    yard.start("old", saying("{ }"));
    yard.pass(Duration.ofMinutes(5));
    yard.start("new", saying("{ priority: 10 }"));
    yard.nodes.epoch = 2;
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    slotIsFree();
    assertThat(dispatched()).containsExactly("old", "old");
  }

  @Test
  void a_new_leader_knows_the_place_of_a_task_that_came_back() {
    oneRunsAndOneWaits("{ }");
    yard.nodes.epoch = 2;
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    yard.restart();
    assertThat(yard.violations()).isEmpty();
    slotIsFree();
    assertThat(dispatched()).containsExactly("first", "first");
  }

  @Test
  void a_new_leader_knows_the_place_of_a_task_that_runs() {
    oneRunsAndOneWaits("{ }");
    yard.restart();
    assertThat(yard.violations()).isEmpty();
    yard.nodes.epoch = 2;
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    slotIsFree();
    assertThat(dispatched()).containsExactly("first", "first");
  }

  @Test
  void a_task_that_waited_for_its_lost_node_in_vain_keeps_its_place_in_line() {
    oneRunsAndOneWaits("{ recovery: retry_same_node, recoveryTimeout: PT30S }");
    yard.nodes.epoch = 2;
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    yard.pass(Duration.ofSeconds(30));
    assertThat(wanted("first").has("node")).isFalse();
    slotIsFree();
    assertThat(dispatched()).containsExactly("first", "first");
  }

  @Test
  void the_time_to_wait_begins_anew_for_a_task_that_came_back() {
    oneRunsAndOneWaits("{ queueTimeout: PT6M }");
    yard.nodes.epoch = 2;
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    yard.pass(Duration.ofSeconds(359));
    assertThat(yard.ended).isEmpty();
    yard.pass(Duration.ofSeconds(1));
    assertThat(yard.error("first").status()).isEqualTo(408);
  }

  @Test
  void a_task_that_is_resumed_waits_from_then_on() {
    yard.nodes.slots = 0;
    yard.start("first", saying("{ }"));
    yard.start("second", saying("{ }"));
    yard.order("first", new Command.Suspend("tester", null));
    yard.order("first", new Command.Resume("tester"));
    slotIsFree();
    assertThat(dispatched()).containsExactly("second");
  }

  @Test
  void peers_of_a_definition_are_known_after_a_restart() {
    yard.start("e0", saying("{ }"));
    yard.start("e1", saying("{ }"));
    assertThat(yard.nodes.seen.getLast()).isEqualTo(new Nodes.Seen(Map.of("node-1", 1), null));
    yard.restart();
    assertThat(yard.violations()).isEmpty();
    yard.start("e2", saying("{ }"));
    assertThat(yard.nodes.seen.getLast()).isEqualTo(new Nodes.Seen(Map.of("node-1", 2), null));
    yard.report(attempt("e0"), "{}");
    yard.partition.report(
        new Command.ReportReturned(attempt("e1").token(), "no room", Command.Return.UNTOUCHED),
        "e1");
    yard.run();
    assertThat(yard.nodes.seen.getLast())
        .as("what has ended counts no more, and e1 was on node-1 before")
        .isEqualTo(new Nodes.Seen(Map.of("node-1", 1), "node-1"));
  }

  @Test
  void peers_of_a_key_are_known_after_a_restart() {
    yard.start("z", saying("{ key: k }"));
    yard.nodes.others.add("node-1");
    yard.nodes.node = "node-2";
    yard.start("a", saying("{ key: k }"));
    assertThat(yard.nodes.seen.getLast()).isEqualTo(new Nodes.Seen(Map.of("node-1", 1), "node-1"));
    yard.restart();
    assertThat(yard.violations()).isEmpty();
    yard.start("m", saying("{ key: k }"));
    assertThat(yard.nodes.seen.getLast())
        .as("a came last, whatever the order of the rows")
        .isEqualTo(new Nodes.Seen(Map.of("node-1", 1, "node-2", 1), "node-2"));
    yard.start("other", saying("{ key: other }"));
    assertThat(yard.nodes.seen.getLast()).isEqualTo(new Nodes.Seen(Map.of(), null));
  }

  @Test
  void rows_from_before_places_were_stored_are_read() {
    ActiveTask waiting =
        ActiveTask.newBuilder()
            .setKind("call:http")
            .setMetadata(ByteString.copyFromUtf8("{}"))
            .setQueued(7)
            .setQueuedMillis(5_000)
            .build();
    ActiveTask running = ActiveTask.newBuilder().setNode("node-1").setAttempt(1).build();
    MemoryStore store = new MemoryStore();
    store.apply(
        1,
        new Batch(
            1,
            0,
            List.of(
                new Change.Put(
                    Table.TASKS, Keys.task(Keys.execution("w"), 1), waiting.toByteArray()),
                new Change.Put(
                    Table.TASKS, Keys.task(Keys.execution("r"), 1), running.toByteArray()))));
    Holdings holdings = new Holdings();
    assertThat(new Recovery(store, holdings).run()).isEmpty();
    TaskQueue.Waiting task = Objects.requireNonNull(holdings.queue.find(new RunKey("w", 1)));
    assertThat(task.age()).isEqualTo(new Age(7, 5_000));
    assertThat(task.sinceMillis()).isEqualTo(5_000);
    assertThat(holdings.attempts.all())
        .containsExactly(new Attempts.Attempt(new RunKey("r", 1), 1, "node-1", 0));
  }

  @Test
  void long_lines_behind_a_limit_cost_one_look() {
    String one = saying("{ concurrency: { key: db, limit: 1 } }");
    for (int i = 0; i < 100; i++) {
      yard.start("e" + i, one);
    }
    int before = yard.nodes.reserveCalls;
    for (int i = 0; i < 10; i++) {
      yard.report(attempt("e" + i), "{}");
    }
    assertThat(yard.nodes.reserveCalls - before).isEqualTo(10);
  }

  @Test
  void a_task_that_no_node_takes_in_time_faults() {
    yard.nodes.slots = 0;
    yard.start("late", saying("{ queueTimeout: PT30S }"));
    yard.pass(Duration.ofSeconds(29));
    assertThat(yard.ended).isEmpty();
    yard.restart();
    yard.pass(Duration.ofSeconds(1));
    assertThat(yard.error("late").status()).isEqualTo(408);
    assertThat(yard.rows(Table.TASKS)).isEmpty();
    assertThat(yard.rows(Table.TIMERS)).isEmpty();
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void a_task_that_a_node_takes_in_time_leaves_no_timer() {
    yard.start("swift", saying("{ queueTimeout: PT30S }"));
    assertThat(yard.rows(Table.TIMERS)).isEmpty();
    yard.pass(Duration.ofMinutes(1));
    yard.report(attempt("swift"), "{}");
    assertThat(yard.summary("swift").error()).isNull();
    assertThat(yard.ended).hasSize(1);
  }

  @Test
  void a_task_that_is_not_to_run_twice_faults_with_its_node() {
    yard.start("once", saying("{ recovery: fail }"));
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    assertThat(yard.error("once").detail()).contains("node node-1 is lost");
    assertThat(yard.nodes.dispatched).hasSize(1);
  }

  @Test
  void a_task_waits_for_its_lost_node_and_then_takes_any() {
    yard.start("patient", saying("{ recovery: retry_same_node, recoveryTimeout: PT30S }"));
    yard.nodes.slots = 0;
    yard.lose("node-1", 1, "node node-1 is lost");
    yard.run();
    assertThat(wanted("patient").path("node").asText()).isEqualTo("node-1");
    yard.restart();
    yard.pass(Duration.ofSeconds(29));
    assertThat(wanted("patient").has("node")).isTrue();
    yard.pass(Duration.ofSeconds(1));
    assertThat(wanted("patient").has("node")).isFalse();
    assertThat(yard.rows(Table.TIMERS)).isEmpty();
    yard.nodes.slots = 9;
    yard.nodes.node = "node-2";
    yard.partition.slotsFreed();
    yard.run();
    assertThat(attempt("patient").node()).isEqualTo("node-2");
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void no_task_waits_for_a_node_that_was_put_out() {
    yard.start("patient", saying("{ recovery: retry_same_node, recoveryTimeout: PT30S }"));
    yard.nodes.node = "node-2";
    var _ = yard.partition.sessionEnds("node-1", "node node-1 was removed", () -> true, _ -> 1L);
    yard.run();
    assertThat(attempt("patient").node()).isEqualTo("node-2");
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void no_task_waits_for_a_node_that_was_put_out_while_its_loss_waited_to_be_decided() {
    yard.start("patient", saying("{ recovery: retry_same_node, recoveryTimeout: PT30S }"));
    yard.nodes.node = "node-2";
    AtomicBoolean out = new AtomicBoolean();
    var _ = yard.partition.sessionEnds("node-1", "node node-1 is lost", out::get, _ -> 1L);
    out.set(true);
    yard.run();
    assertThat(attempt("patient").node()).isEqualTo("node-2");
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void a_task_that_is_not_to_run_twice_faults_when_its_node_is_put_out() {
    yard.start("once", saying("{ recovery: fail }"));
    var _ = yard.partition.sessionEnds("node-1", "node node-1 was removed", () -> true, _ -> 1L);
    yard.run();
    assertThat(yard.error("once").detail()).contains("node node-1 was removed");
  }

  @Test
  void what_a_drained_node_still_runs_goes_elsewhere_and_is_stopped_there() {
    yard.start("moved", saying("{ }"));
    Effect.Dispatch first = attempt("moved");
    yard.nodes.node = "node-2";
    yard.partition.report(
        new Command.ReportReturned(
            first.token(), "the time of node node-1 to drain was over", Command.Return.MOVED),
        "moved");
    yard.run();
    assertThat(attempt("moved").node()).isEqualTo("node-2");
    assertThat(yard.nodes.cancelled).containsExactly(first.token());
    yard.report(first, "\"too late\"");
    assertThat(yard.ended).as("a result of the attempt that was taken away is refused").isEmpty();
    yard.report(attempt("moved"), "{}");
    assertThat(yard.ended).hasSize(1);
    assertThat(yard.violations()).isEmpty();
  }
}
