package dev.capstan.server.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.partition.PartitionRequests.Start;
import dev.capstan.server.store.Direction;
import dev.capstan.server.store.Rows;
import dev.capstan.server.store.Table;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Specification: Schedule, {@code on.any} with {@code until}. */
class GatheringSchedulesTest {
  private RegistryFixture fixture = new RegistryFixture();

  private void deploy(String schedule) {
    fixture.deploy(RegistryFixture.definition("a", "1.0.0", "schedule: " + schedule));
  }

  private void publish(String id, String type, int order) {
    publish(event(id, type, order, ""));
  }

  private void publish(CloudEvent event) {
    assertThat(fixture.publish(event)).isEmpty();
  }

  private static CloudEvent event(String id, String type, int order, String more) {
    ObjectNode json = new JsonMapper().createObjectNode();
    ObjectNode data = json.put("id", id).put("source", "/shop").put("type", type).putObject("data");
    data.put("order", order);
    if (!more.isEmpty()) {
      data.put("more", more);
    }
    return new CloudEvent(json);
  }

  private List<String> inputs() {
    return fixture.partition.starts.stream().map(start -> start.input().toString()).toList();
  }

  private List<Integer> sizes() {
    return fixture.partition.starts.stream().map(start -> start.input().size()).toList();
  }

  private int storedEvents() {
    int count = 0;
    try (Rows rows =
        fixture.partition.store().scan(Table.CLOUD_EVENTS, new byte[0], null, Direction.FORWARD)) {
      while (rows.next()) {
        count++;
      }
    }
    return count;
  }

  @Nested
  class Condition {
    @Test
    void anExecutionStartsWithAllEventsWhenTheConditionHoldsAndGatheringBeginsAnew() {
      deploy(
          "{on: {any: [{with: {type: order.placed}}, {with: {type: order.paid}}], until: 'length == 3'}}");
      publish("1", "order.placed", 1);
      publish("2", "something.else", 2);
      publish("3", "order.paid", 3);
      assertThat(inputs()).isEmpty();
      publish("4", "order.placed", 4);
      assertThat(inputs()).containsExactly("[{\"order\":1},{\"order\":3},{\"order\":4}]");

      publish("5", "order.placed", 5);
      publish("6", "order.placed", 6);
      assertThat(inputs()).hasSize(1);
      publish("7", "order.placed", 7);
      assertThat(inputs().getLast()).isEqualTo("[{\"order\":5},{\"order\":6},{\"order\":7}]");
      assertThat(fixture.startedIds()).doesNotHaveDuplicates();
      assertThat(fixture.listed().getFirst().fired()).isEqualTo(2);
      assertThat(fixture.listed().getFirst().last()).isEqualTo(fixture.now());
    }

    @Test
    void anyOfNothingGathersEveryEvent() {
      deploy("{on: {any: [], until: '${ length == 2 }'}}");
      publish("1", "order.placed", 1);
      publish("2", "something.else", 2);
      assertThat(inputs()).containsExactly("[{\"order\":1},{\"order\":2}]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"envelope", "raw"})
    void theConditionAndTheExecutionGetWholeEventsWhenReadSaysSo(String read) {
      deploy("{on: {any: [], until: '.[-1].type == \"order.paid\"'}, read: " + read + "}");
      CloudEvent placed = event("1", "order.placed", 1, "");
      CloudEvent paid = event("2", "order.paid", 2, "");
      publish(placed);
      publish(paid);
      assertThat(fixture.partition.starts)
          .singleElement()
          .satisfies(
              start -> assertThat(start.input()).containsExactly(placed.json(), paid.json()));
    }

    @Test
    void aConditionThatFailsDoesNotHold() {
      deploy(
          "{on: {any: [], until: 'map(.order) | add | if . < 3 then error(\"few\") else true end'}}");
      publish("1", "order.placed", 1);
      assertThat(inputs()).isEmpty();
      publish("2", "order.placed", 2);
      assertThat(inputs()).containsExactly("[{\"order\":1},{\"order\":2}]");
    }
  }

  @Nested
  class Strategy {
    @Test
    void eventsThatEndAGatheringAreNotInIt() {
      deploy("{on: {any: [], until: {one: {with: {type: day.over}}}}}");
      publish("1", "order.placed", 1);
      publish("2", "order.placed", 2);
      publish("3", "day.over", 0);
      publish("4", "order.placed", 4);
      publish("5", "day.over", 0);
      assertThat(inputs()).containsExactly("[{\"order\":1},{\"order\":2}]", "[{\"order\":4}]");
    }

    @Test
    void anEndBeforeAnyEventStartsAnExecutionWithNone() {
      deploy(
          "{on: {any: [{with: {type: order.placed}}], until: {any: [{with: {type: day.over}}, {with: {type: shop.closed}}]}}}");
      publish("1", "shop.closed", 0);
      publish("2", "day.over", 0);
      assertThat(inputs()).containsExactly("[]", "[]");
      assertThat(fixture.startedIds()).doesNotHaveDuplicates();
    }

    @Test
    void filtersOfTheEndThatAreAlikeNeedAnEventEach() {
      deploy(
          "{on: {any: [{with: {type: order.placed}}],"
              + " until: {all: [{with: {type: day.over}}, {with: {type: day.over}}]}}}");
      publish("1", "order.placed", 1);
      publish("2", "day.over", 0);
      assertThat(inputs()).isEmpty();
      publish("3", "day.over", 0);
      assertThat(inputs()).containsExactly("[{\"order\":1}]");
    }

    @Test
    void allFiltersOfTheEndMustBeMet() {
      deploy(
          "{on: {any: [{with: {type: order.placed}}], until: {all: [{with: {type: day.over}}, {with: {type: shop.closed}}]}}}");
      publish("1", "day.over", 0);
      publish("2", "order.placed", 2);
      publish("3", "day.over", 0);
      fixture = fixture.restarted();
      publish("4", "order.placed", 4);
      assertThat(inputs()).isEmpty();
      publish("5", "shop.closed", 0);
      assertThat(inputs()).containsExactly("[{\"order\":2},{\"order\":4}]");
    }
  }

  @Nested
  class Correlation {
    private static final String PER_ORDER =
        "{on: {any: [{with: {type: item.added}, correlate: {o: {from: .data.order}}}],"
            + " until: {one: {with: {type: order.placed}, correlate: {o: {from: .data.order}}}}}}";

    @Test
    void eventsWhoseCorrelationDiffersAreGatheredApart() {
      deploy(PER_ORDER);
      publish(event("1", "item.added", 7, "pen"));
      publish(event("2", "item.added", 8, "ink"));
      publish(event("3", "item.added", 7, "cap"));
      fixture = fixture.restarted();
      publish("4", "order.placed", 7);
      assertThat(inputs())
          .containsExactly("[{\"order\":7,\"more\":\"pen\"},{\"order\":7,\"more\":\"cap\"}]");
      publish("5", "order.placed", 8);
      assertThat(inputs()).last().isEqualTo("[{\"order\":8,\"more\":\"ink\"}]");
    }

    @Test
    void allThatEventsFixHoldsAndAnEventGoesToTheOldestGatheringThatItAgreesWith() {
      deploy(
          "{on: {any: [{with: {type: item.added}, correlate: {cart: {from: .data.order}}},"
              + " {with: {type: coupon.used}, correlate: {coupon: {from: .data.order}}}],"
              + " until: {one: {with: {type: day.over}}}}}");
      publish("1", "item.added", 7);
      publish("2", "coupon.used", 1);
      publish("3", "item.added", 8);
      publish("4", "coupon.used", 2);
      publish("5", "item.added", 7);
      publish("6", "day.over", 0);
      fixture.work();
      assertThat(inputs())
          .containsExactly(
              "[{\"order\":7},{\"order\":1},{\"order\":7}]", "[{\"order\":8},{\"order\":2}]");
    }

    @Test
    void anEndWithoutCorrelationEndsAllGatherings() {
      deploy(
          "{on: {any: [{with: {type: item.added}, correlate: {o: {from: .data.order}}}], until: {one: {with: {type: day.over}}}}}");
      publish("1", "item.added", 7);
      publish("2", "item.added", 8);
      publish("3", "day.over", 0);
      assertThat(inputs()).as("one execution in a batch").containsExactly("[{\"order\":7}]");
      RegistryFixture next = fixture.restarted();
      fixture = next;
      publish("4", "item.added", 8);
      fixture.work();
      assertThat(inputs()).containsExactly("[{\"order\":8}]");
      assertThat(fixture.listed().getFirst().next()).isNull();
      assertThat(fixture.listed().getFirst().fired()).isEqualTo(2);
    }
  }

  @Nested
  class Kept {
    @Test
    void gatheredEventsSurviveARestart() {
      deploy("{on: {any: [], until: 'length == 3'}}");
      publish("1", "order.placed", 1);
      fixture = fixture.restarted();
      publish("2", "order.placed", 2);
      fixture = fixture.restarted();
      publish("3", "order.placed", 3);
      assertThat(sizes()).containsExactly(3);
    }

    @Test
    void anEventThatIsPublishedAgainCountsOnceAlsoAfterItsGatheringHasEnded() {
      deploy("{on: {any: [], until: 'length == 2'}}");
      publish("1", "order.placed", 1);
      publish("1", "order.placed", 1);
      assertThat(inputs()).isEmpty();
      publish("2", "order.placed", 2);
      fixture = fixture.restarted();
      publish("2", "order.placed", 2);
      publish("1", "order.placed", 1);
      publish("3", "order.placed", 3);
      assertThat(inputs()).isEmpty();
      publish("4", "order.placed", 4);
      assertThat(inputs()).containsExactly("[{\"order\":3},{\"order\":4}]");
    }

    @Test
    void anEndThatIsPublishedAgainEndsNothingMore() {
      deploy("{on: {any: [{with: {type: order.placed}}], until: {one: {with: {type: day.over}}}}}");
      publish("1", "order.placed", 1);
      publish("2", "day.over", 0);
      publish("3", "order.placed", 3);
      publish("2", "day.over", 0);
      assertThat(inputs()).containsExactly("[{\"order\":1}]");
    }

    @Test
    void anotherVersionBeginsWithNothingAndNothingStaysBehind() {
      deploy("{on: {any: [], until: 'length == 2'}}");
      publish("1", "order.placed", 1);
      fixture.deploy(
          RegistryFixture.definition(
              "a", "1.1.0", "schedule: {on: {any: [], until: 'length == 2'}}"));
      assertThat(storedEvents()).isZero();
      publish("2", "order.placed", 2);
      assertThat(inputs()).isEmpty();
      fixture.deploy(RegistryFixture.definition("a", "1.2.0", ""));
      assertThat(storedEvents()).isZero();
    }

    @Test
    void ofAGatheringThatHasEndedOnlyTheNamesOfItsEventsAreKept() {
      deploy("{on: {any: [], until: 'length == 2'}}");
      for (int i = 0; i < 10; i++) {
        publish("e" + i, "order.placed", i);
      }
      assertThat(sizes()).hasSize(5);
      assertThat(storedEvents()).isEqualTo(1);
    }
  }

  @Nested
  class Bounds {
    @Test
    void theOldestEventsGiveWayWhenThereAreTooMany() {
      deploy("{on: {any: [{with: {type: order.placed}}], until: {one: {with: {type: day.over}}}}}");
      for (int i = 0; i < Gatherings.LIMIT + 5; i++) {
        publish("e" + i, "order.placed", i);
      }
      assertThat(storedEvents()).isEqualTo(Gatherings.LIMIT);
      publish("over", "day.over", 0);
      assertThat(sizes()).containsExactly(Gatherings.LIMIT);
      Start start = fixture.partition.starts.getFirst();
      assertThat(start.input().get(0).path("order").intValue()).isEqualTo(5);
    }

    @Test
    void theOldestEventsGiveWayWhenTheyAreTooLargeTogether() {
      deploy("{on: {any: [], until: '.[-1].order == 0'}}");
      String large = "x".repeat(30_000);
      for (int i = 1; i <= 5; i++) {
        publish(event("e" + i, "order.placed", i, large));
      }
      publish("last", "order.placed", 0);
      List<Integer> orders = new ArrayList<>();
      fixture.partition.starts.getFirst().input().forEach(e -> orders.add(e.path("order").asInt()));
      assertThat(orders).containsExactly(3, 4, 5, 0);
      for (int i = 6; i <= 8; i++) {
        publish(event("e" + i, "order.placed", i, large));
      }
      publish("end", "order.placed", 0);
      assertThat(sizes()).containsExactly(4, 4);
    }

    @Test
    void theOldestGatheringGivesWay() {
      deploy(Correlation.PER_ORDER);
      for (int i = 0; i <= Gatherings.LIMIT; i++) {
        publish("e" + i, "item.added", i);
      }
      publish("o1", "order.placed", 1);
      assertThat(inputs()).containsExactly("[{\"order\":1}]");
      publish("o0", "order.placed", 0);
      assertThat(inputs().getLast()).isEqualTo("[]");
    }
  }
}
