package dev.capstan.server.nodes;

import static dev.capstan.server.nodes.NodesFixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Cancelled;
import dev.capstan.api.v1.KeepAlive;
import dev.capstan.api.v1.Refusal;
import dev.capstan.api.v1.Report;
import dev.capstan.api.v1.WorkerMessage;
import dev.capstan.core.decision.AttemptToken;
import dev.capstan.core.placement.Peers;
import dev.capstan.server.partition.NodeBoard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slot is taken exactly as long as somebody has it, whatever happens in whatever order. */
class SlotAccountTest {
  private static final List<String> IDS = List.of("a", "b", "c");

  private final Map<String, WorkerStub> workers = new LinkedHashMap<>();
  private final List<NodeBoard.Place> places = new ArrayList<>();
  private final Map<String, Long> epochs = new LinkedHashMap<>();
  private final Map<AttemptToken, String> held = new LinkedHashMap<>();
  private int made;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void slotsAddUpAfterAnyHistory(long seed) {
    Random random = new Random(seed);
    try (NodesFixture nodes = NodesFixture.inProcess()) {
      IDS.forEach(id -> join(nodes, id, 1 + random.nextInt(4)));
      for (int step = 0; step < 300; step++) {
        take(nodes, random);
        assertThat(expected()).as("seed %d, step %d", seed, step).isEqualTo(settled(nodes));
      }
      List.copyOf(places).forEach(nodes.board::release);
      List.copyOf(held.keySet()).forEach(token -> report(token, random));
      soon().until(() -> IDS.stream().allMatch(id -> nodes.running(id) == 0));
    }
  }

  private void take(NodesFixture nodes, Random random) {
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> {
        NodeBoard.Place reserved = nodes.board.reserve(NodesFixture.SHELL, Peers.NONE);
        if (reserved != null) {
          places.add(reserved);
        }
      }
      case 3, 4 -> {
        if (!places.isEmpty()) {
          NodeBoard.Place place = places.remove(random.nextInt(places.size()));
          AttemptToken token = new AttemptToken("x" + made++, 1, 1, place.epoch());
          nodes.board.dispatch(
              List.of(NodesFixture.effect(token, place.node(), NodesFixture.NOTHING)));
          held.put(token, place.node());
        }
      }
      case 5 -> {
        if (!places.isEmpty()) {
          nodes.board.release(places.remove(random.nextInt(places.size())));
        }
      }
      case 6 -> {
        if (!held.isEmpty()) {
          List<AttemptToken> tokens = List.copyOf(held.keySet());
          report(tokens.get(random.nextInt(tokens.size())), random);
          nodes.pass(Duration.ofMillis(50));
          keepAlive(nodes);
        }
      }
      default -> {
        if (random.nextInt(6) == 0) {
          String id = IDS.get(random.nextInt(IDS.size()));
          worker(id).breakOff();
          soon().until(() -> nodes.status(id).equals("lost"));
          held.values().removeIf(id::equals);
          // What was reserved under the lost session is released or dispatched later: neither may
          // touch the new session.
          join(nodes, id, 1 + random.nextInt(4));
        }
      }
    }
  }

  /** All say something, and are heard before more time passes: none of them is silent. */
  private void keepAlive(NodesFixture nodes) {
    workers.values().forEach(worker -> worker.send(SlotAccountTest.keepAlive()));
    soon().until(() -> IDS.stream().allMatch(id -> nodes.live(id).session.silentNanos() == 0));
  }

  private WorkerStub worker(String id) {
    return Objects.requireNonNull(workers.get(id));
  }

  private void join(NodesFixture nodes, String id, int slots) {
    WorkerStub worker = WorkerStub.connect(nodes.channel);
    worker.answersQuestions();
    long epoch = worker.join(WorkerStub.hello(id, slots)).getEpoch();
    soon().until(() -> nodes.board.isAlive(id, epoch) && !nodes.status(id).equals("suspect"));
    workers.put(id, worker);
    epochs.put(id, epoch);
  }

  private void report(AttemptToken token, Random random) {
    String node = held.remove(token);
    Report.Builder report = Report.newBuilder().setToken(ReportReader.token(token));
    switch (random.nextInt(3)) {
      case 0 -> report.setOutput(ByteString.copyFromUtf8("1"));
      case 1 -> report.setCancelled(Cancelled.getDefaultInstance());
      default -> report.setRefusal(Refusal.getDefaultInstance());
    }
    if (node != null) {
      worker(node).report(report.build(), report.build());
    }
  }

  private Map<String, Integer> expected() {
    Map<String, Integer> taken = new LinkedHashMap<>();
    for (String id : IDS) {
      long reserved =
          places.stream()
              .filter(
                  place -> place.node().equals(id) && place.epoch() == epochs.getOrDefault(id, 0L))
              .count();
      long dispatched =
          held.entrySet().stream()
              .filter(
                  e -> e.getValue().equals(id) && e.getKey().epoch() == epochs.getOrDefault(id, 0L))
              .count();
      taken.put(id, (int) (reserved + dispatched));
    }
    return taken;
  }

  private Map<String, Integer> settled(NodesFixture nodes) {
    Map<String, Integer> expected = expected();
    soon()
        .until(
            () -> IDS.stream().allMatch(id -> nodes.running(id) == expected.getOrDefault(id, 0)));
    Map<String, Integer> taken = new LinkedHashMap<>();
    IDS.forEach(id -> taken.put(id, nodes.running(id)));
    return taken;
  }

  private static WorkerMessage keepAlive() {
    return WorkerMessage.newBuilder().setKeepAlive(KeepAlive.getDefaultInstance()).build();
  }
}
