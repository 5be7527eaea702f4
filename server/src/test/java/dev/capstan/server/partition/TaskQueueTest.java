package dev.capstan.server.partition;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.server.partition.TaskQueue.Visit;
import dev.capstan.server.partition.TaskQueue.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Who goes next, and what is looked at. */
class TaskQueueTest {
  private static final long SECOND = 1_000_000_000L;

  private final Attempts attempts = new Attempts();
  private final TaskQueue queue = new TaskQueue(attempts);
  private long nowNanos;
  private long number;

  TaskQueueTest() {
    queue.begin(0, true);
  }

  private Waiting join(String name, String metadata, long sinceSeconds) {
    return join(name, "run:shell", metadata, sinceSeconds);
  }

  private Waiting join(String name, String kind, String metadata, long sinceSeconds) {
    return queue.add(
        new RunKey(name, 1),
        kind,
        Yard.json(metadata),
        new Age(++number, sinceSeconds * 1_000),
        sinceSeconds * 1_000);
  }

  /** Gives tasks to nodes while there are slots; answers the names in the order of starting. */
  private List<String> take(int slots) {
    return takeWhere(slots, _ -> true);
  }

  private List<String> takeWhere(int slots, Predicate<Waiting> fits) {
    List<String> taken = new ArrayList<>();
    queue.visit(
        nowNanos,
        task -> taken.size() < slots && fits.test(task),
        task -> {
          if (taken.size() == slots || !fits.test(task)) {
            return Visit.NO_PLACE;
          }
          taken.add(task.run().execution());
          start(task);
          return Visit.TAKEN;
        });
    return taken;
  }

  private void start(Waiting task) {
    queue.remove(task.run());
    queue.started(task, nowNanos);
    var concurrency = task.claim().concurrency();
    String counted = concurrency == null ? null : concurrency.key();
    attempts.add(
        new Attempts.Attempt(
            task.run(), 1, "node-1", 1, task.claim().key(), counted, "hash", task.age()));
  }

  private void end(String name) {
    Attempts.Attempt attempt = attempts.remove(new RunKey(name, 1));
    assertThat(attempt).isNotNull();
    if (attempt != null) {
      queue.freed(attempt.concurrencyKey());
    }
  }

  @Nested
  class Order {
    @Test
    void tasks_of_one_kind_go_in_the_order_of_coming() {
      join("a", "{}", 0);
      join("b", "{}", 0);
      join("c", "{}", 0);
      assertThat(take(9)).containsExactly("a", "b", "c");
    }

    @Test
    void a_higher_priority_overtakes_what_came_a_little_earlier() {
      join("old", "{}", 0);
      join("new", "{\"priority\":10}", 59);
      assertThat(take(9)).containsExactly("new", "old");
    }

    @Test
    void ten_points_overtake_a_minute_and_no_more() {
      join("old", "{}", 0);
      join("new", "{\"priority\":10}", 61);
      assertThat(take(9)).containsExactly("old", "new");
    }

    @Test
    void the_lowest_priority_gives_way_to_the_highest_for_twenty_minutes() {
      join("old", "{\"priority\":-100}", 0);
      join("before", "{\"priority\":100}", 20 * 60 - 1);
      join("after", "{\"priority\":100}", 20 * 60 + 1);
      assertThat(take(9)).containsExactly("before", "old", "after");
    }

    @Test
    void keys_take_turns_however_many_tasks_they_have() {
      for (int i = 0; i < 4; i++) {
        join("big-" + i, "{\"key\":\"big\"}", 0);
      }
      join("small", "{\"key\":\"small\"}", 50);
      join("plain", "{}", 50);
      assertThat(take(9)).containsExactly("big-0", "small", "plain", "big-1", "big-2", "big-3");
    }

    @Test
    void turns_go_on_where_the_last_look_ended() {
      for (int i = 0; i < 2; i++) {
        join("a-" + i, "{\"key\":\"a\"}", 0);
        join("b-" + i, "{\"key\":\"b\"}", 0);
        join("c-" + i, "{\"key\":\"c\"}", 0);
      }
      List<String> all = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        all.addAll(take(1));
        queue.unblock();
      }
      assertThat(all).containsExactly("a-0", "b-0", "c-0", "a-1", "b-1", "c-1");
    }

    @Test
    void keys_take_turns_across_kinds() {
      for (int i = 0; i < 3; i++) {
        join("big-" + i, "call:http", "{\"key\":\"big\"}", 0);
      }
      join("small", "run:shell", "{\"key\":\"small\"}", 50);
      assertThat(take(2)).containsExactly("big-0", "small");
    }

    @Test
    void a_task_that_leaves_by_itself_does_not_cost_its_line_the_turn() {
      join("a-0", "{\"key\":\"a\"}", 0);
      join("a-1", "{\"key\":\"a\"}", 0);
      join("b-0", "{\"key\":\"b\"}", 0);
      queue.remove(new RunKey("a-0", 1));
      assertThat(take(1)).containsExactly("a-1");
    }

    @Test
    void a_key_has_one_turn_whatever_its_tasks_want() {
      for (int i = 0; i < 3; i++) {
        join("a-" + i, "{\"key\":\"a\",\"require\":{\"size\":\"s" + i + "\"}}", 0);
      }
      for (int i = 0; i < 3; i++) {
        join("b-" + i, "{\"key\":\"b\"}", 0);
      }
      assertThat(take(9)).containsExactly("a-0", "b-0", "a-1", "b-1", "a-2", "b-2");
    }

    @Test
    void a_key_has_one_turn_whatever_its_limits() {
      for (int i = 0; i < 3; i++) {
        join(
            "a-" + i,
            "{\"key\":\"a\",\"concurrency\":{\"key\":\"c%d\",\"limit\":5}}".formatted(i),
            0);
      }
      for (int i = 0; i < 3; i++) {
        join("b-" + i, "{\"key\":\"b\"}", 0);
      }
      assertThat(take(9)).containsExactly("a-0", "b-0", "a-1", "b-1", "a-2", "b-2");
    }

    @Test
    void tasks_without_a_key_have_one_turn_together() {
      for (int i = 0; i < 3; i++) {
        join("plain-" + i, "{\"require\":{\"size\":\"s" + i + "\"}}", 0);
      }
      join("a-0", "{\"key\":\"a\"}", 0);
      join("a-1", "{\"key\":\"a\"}", 0);
      assertThat(take(9)).containsExactly("plain-0", "a-0", "plain-1", "a-1", "plain-2");
    }

    @Test
    void a_keys_tasks_go_in_the_order_of_coming_whatever_they_want() {
      join("a-0", "{\"key\":\"a\"}", 0);
      join("a-1", "{\"key\":\"a\",\"node\":\"x\"}", 0);
      join("a-2", "{\"key\":\"a\"}", 0);
      join("a-3", "{\"key\":\"a\",\"node\":\"x\"}", 0);
      assertThat(take(9)).containsExactly("a-0", "a-1", "a-2", "a-3");
    }

    @Test
    void a_key_keeps_its_turn_while_nothing_of_it_can_start() {
      join("a-0", "{\"key\":\"a\",\"node\":\"x\"}", 0);
      join("a-1", "{\"key\":\"a\",\"node\":\"x\"}", 0);
      for (int i = 0; i < 4; i++) {
        join("b-" + i, "{\"key\":\"b\"}", 0);
      }
      assertThat(takeWhere(2, task -> task.demand().node() == null)).containsExactly("b-0", "b-1");
      queue.unblock();
      assertThat(take(9)).containsExactly("a-0", "b-2", "a-1", "b-3");
    }

    @Test
    void old_work_is_not_held_up_by_fresh_keys_and_a_higher_priority() {
      for (int i = 0; i < 20; i++) {
        join("old-" + i, "{\"key\":\"a\"}", 0);
      }
      List<String> started = new ArrayList<>();
      for (int second = 3600; second < 3640; second++) {
        join("fresh-" + second, "{\"key\":\"b\"}", second);
        join("high-" + second, "{\"priority\":10}", second);
        queue.unblock();
        started.addAll(take(1));
      }
      assertThat(started.stream().filter(name -> name.startsWith("old-")))
          .as("what waits for an hour has every other slot, before any of the higher priority")
          .hasSize(20);
    }

    @Test
    void what_no_node_can_run_gives_its_priority_no_head_start() {
      join("nowhere", "{\"key\":\"a\",\"node\":\"gone\"}", 0);
      join("a", "{\"key\":\"a\"}", 3_480);
      join("b", "{\"key\":\"b\"}", 3_599);
      join("high-0", "{\"priority\":10}", 3_597);
      join("high-1", "{\"priority\":10}", 3_598);
      List<String> started = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        queue.unblock();
        started.addAll(takeWhere(1, task -> task.demand().node() == null));
      }
      assertThat(started).containsExactly("a", "high-0", "high-1", "b");
    }

    @Test
    void what_a_limit_holds_back_gives_its_priority_no_head_start() {
      String full = "\"concurrency\":{\"key\":\"db\",\"limit\":1}";
      attempts.add(
          new Attempts.Attempt(new RunKey("before", 1), 1, "node-1", 1, null, "db", null, null));
      join("held", "{\"key\":\"a\"," + full + "}", 0);
      join("b", "{\"key\":\"b\"}", 3_599);
      join("high", "{\"priority\":10}", 3_597);
      assertThat(take(9)).containsExactly("high", "b");
    }
  }

  @Nested
  class Looking {
    @Test
    void a_demand_without_a_node_is_looked_at_once_and_others_go_on() {
      join("a", "{\"require\":{\"gpu\":true}}", 0);
      join("b", "{\"require\":{\"gpu\":true},\"key\":\"other\",\"priority\":5}", 0);
      join("c", "{}", 0);
      List<String> looked = new ArrayList<>();
      queue.visit(
          0,
          _ -> true,
          task -> {
            looked.add(task.run().execution());
            if (!task.demand().require().isEmpty()) {
              return Visit.NO_PLACE;
            }
            queue.remove(task.run());
            return Visit.TAKEN;
          });
      assertThat(looked).containsExactly("b", "c");
      assertThat(queue.hasWork()).isFalse();
      join("d", "{\"require\":{\"gpu\":true}}", 0);
      assertThat(queue.hasWork()).as("nothing has changed for those who want a gpu").isFalse();
      queue.unblock();
      assertThat(queue.hasWork()).isTrue();
    }

    @Test
    void a_demand_that_is_new_is_looked_at_though_others_found_no_node() {
      join("a", "{}", 0);
      take(0);
      assertThat(queue.hasWork()).isFalse();
      join("b", "{\"node\":\"x\"}", 0);
      assertThat(queue.hasWork()).isTrue();
    }

    @Test
    void lengths_count_by_kind() {
      join("a", "call:http", "{\"priority\":3}", 0);
      join("b", "call:http", "{\"key\":\"k\"}", 0);
      join("c", "{}", 0);
      queue.remove(new RunKey("b", 1));
      assertThat(queue.lengths())
          .containsOnly(java.util.Map.entry("call:http", 1), java.util.Map.entry("run:shell", 1));
    }
  }

  @Nested
  class Concurrency {
    private static final String TWO = "{\"concurrency\":{\"key\":\"db\",\"limit\":2}}";

    @Test
    void no_more_than_the_limit_run_at_a_time() {
      for (int i = 0; i < 4; i++) {
        join("t-" + i, TWO, 0);
      }
      assertThat(take(9)).containsExactly("t-0", "t-1");
      assertThat(queue.hasWork()).isFalse();
      end("t-0");
      assertThat(take(9)).containsExactly("t-2");
    }

    @Test
    void a_full_key_holds_back_nobody_else() {
      join("a", TWO, 0);
      join("b", TWO, 0);
      join("c", TWO, 0);
      join("free", "{}", 50);
      assertThat(take(9)).containsExactly("a", "b", "free");
    }

    @Test
    void each_task_goes_by_its_own_limit() {
      join("a", TWO, 0);
      join("b", TWO, 0);
      join("wide", "{\"concurrency\":{\"key\":\"db\",\"limit\":3}}", 50);
      join("narrow", "{\"concurrency\":{\"key\":\"db\",\"limit\":1}}", 0);
      assertThat(take(9)).containsExactly("a", "b", "wide");
      end("a");
      end("wide");
      assertThat(take(9)).as("one runs, and narrow wants none").isEmpty();
      end("b");
      assertThat(take(9)).containsExactly("narrow");
    }

    @Test
    void what_runs_after_a_change_of_leader_counts() {
      attempts.add(
          new Attempts.Attempt(new RunKey("before", 1), 1, "node-1", 1, null, "db", null, null));
      join("a", TWO, 0);
      join("b", TWO, 0);
      assertThat(take(9)).containsExactly("a");
      end("before");
      assertThat(take(9)).containsExactly("b");
    }

    @Test
    void a_slot_that_frees_does_not_open_a_limit() {
      join("a", TWO, 0);
      join("b", TWO, 0);
      join("c", TWO, 0);
      take(9);
      queue.unblock();
      assertThat(queue.hasWork()).isFalse();
    }

    @Test
    void says_what_holds_back_while_it_does() {
      Waiting last = null;
      for (int i = 0; i < 3; i++) {
        last = join("t-" + i, TWO, 0);
      }
      assertThat(last).isNotNull();
      if (last == null) {
        return;
      }
      assertThat(queue.heldBack(last.claim())).isNull();
      take(9);
      assertThat(queue.heldBack(last.claim())).isEqualTo("concurrency limit 2 of key db: 2 run");
      end("t-0");
      assertThat(queue.heldBack(last.claim())).isNull();
    }
  }

  @Nested
  class Rate {
    private static final String TWO_IN_TEN =
        "{\"rate\":{\"key\":\"mail\",\"limit\":2,\"per\":\"PT10S\"}}";

    @Test
    void a_full_bucket_starts_as_many_as_the_limit_then_evenly() {
      for (int i = 0; i < 5; i++) {
        join("t-" + i, TWO_IN_TEN, 0);
      }
      assertThat(take(9)).containsExactly("t-0", "t-1");
      assertThat(queue.nextNanos()).isEqualTo(5 * SECOND);
      nowNanos = 5 * SECOND - 1;
      queue.wake(nowNanos);
      assertThat(queue.hasWork()).isFalse();
      nowNanos = 5 * SECOND;
      queue.wake(nowNanos);
      assertThat(take(9)).containsExactly("t-2");
      assertThat(queue.nextNanos()).isEqualTo(10 * SECOND);
    }

    @Test
    void a_bucket_holds_no_more_than_the_limit() {
      join("t-0", TWO_IN_TEN, 0);
      take(9);
      nowNanos = 3_600 * SECOND;
      for (int i = 1; i < 5; i++) {
        join("t-" + i, TWO_IN_TEN, 0);
      }
      assertThat(take(9)).containsExactly("t-1", "t-2");
    }

    @Test
    void a_new_leader_takes_the_bucket_to_be_empty() {
      queue.begin(0, false);
      join("t-0", TWO_IN_TEN, 0);
      join("t-1", TWO_IN_TEN, 0);
      assertThat(take(9)).isEmpty();
      nowNanos = 5 * SECOND;
      queue.wake(nowNanos);
      assertThat(take(9)).containsExactly("t-0");
    }

    @Test
    void nothing_is_due_when_nobody_waits_for_it_any_more() {
      for (int i = 0; i < 3; i++) {
        join("t-" + i, TWO_IN_TEN, 0);
      }
      take(9);
      queue.remove(new RunKey("t-2", 1));
      assertThat(queue.nextNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void a_slot_that_frees_does_not_fill_a_bucket() {
      for (int i = 0; i < 3; i++) {
        join("t-" + i, TWO_IN_TEN, 0);
      }
      take(9);
      queue.unblock();
      assertThat(queue.hasWork()).isFalse();
    }
  }

  @Test
  void a_queue_made_from_rows_has_the_order_of_waiting() {
    List<TaskQueue.Stored> rows = new ArrayList<>();
    for (int i = 5; i > 0; i--) {
      rows.add(
          new TaskQueue.Stored(
              new RunKey("t-" + i, 1), "run:shell", Yard.json("{}"), new Age(i, i * 1_000L), 0));
    }
    queue.restore(rows);
    assertThat(take(9)).containsExactly("t-1", "t-2", "t-3", "t-4", "t-5");
  }
}
