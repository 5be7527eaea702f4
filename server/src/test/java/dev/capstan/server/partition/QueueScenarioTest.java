package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.capstan.core.decision.Command;
import dev.capstan.core.decision.Effect;
import dev.capstan.server.store.Table;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
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
    var _ = yard.partition.sessionEnds("node-1", "node node-1 was removed", true, _ -> 1L);
    yard.run();
    assertThat(attempt("patient").node()).isEqualTo("node-2");
    assertThat(yard.violations()).isEmpty();
  }

  @Test
  void a_task_that_is_not_to_run_twice_faults_when_its_node_is_put_out() {
    yard.start("once", saying("{ recovery: fail }"));
    var _ = yard.partition.sessionEnds("node-1", "node node-1 was removed", true, _ -> 1L);
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
