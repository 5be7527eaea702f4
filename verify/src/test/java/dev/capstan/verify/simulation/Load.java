package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.partition.Partition;
import dev.capstan.server.partition.PartitionRequests;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Clients that start executions, send cloud events, and cancel now and then. They ask one
 * coordinator after the other until they have an answer, as clients do.
 */
final class Load {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long PATIENCE = 150 * MILLISECOND;

  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final Invariants invariants;
  private int started;
  private int events;
  private boolean ending;

  Load(
      Agenda agenda,
      SimulatedNetwork network,
      RandomGenerator random,
      List<SimulatedCoordinator> coordinators,
      Invariants invariants) {
    this.agenda = agenda;
    this.network = network;
    this.random = random;
    this.coordinators = coordinators;
    this.invariants = invariants;
  }

  void begin() {
    agenda.after(
        random.nextLong(50 * MILLISECOND),
        () -> {
          if (!ending) {
            begin("e" + started++, random.nextInt(Workflows.COUNT));
          }
          begin();
        });
    if (random.nextInt(4) == 0) {
      publish();
    }
  }

  /** Starts nothing more; whoever listens still hears what it waits for. */
  void end() {
    ending = true;
  }

  /** Whether all that somebody began to start was promised. */
  boolean allAcknowledged() {
    return invariants.acknowledged().size() == started;
  }

  int started() {
    return started;
  }

  private void begin(String id, int workflow) {
    start(id, workflow, random.nextInt(coordinators.size()));
    if (random.nextInt(10) == 0) {
      agenda.after(random.nextLong(300 * MILLISECOND), () -> cancel(id));
    }
  }

  private void start(String id, int workflow, int at) {
    if (invariants.acknowledged().contains(id)) {
      return;
    }
    SimulatedCoordinator asked = coordinators.get(at % coordinators.size());
    String text = Workflows.text(workflow);
    ask(
        asked,
        () -> {
          PartitionRequests.Start request =
              new PartitionRequests.Start(
                  id,
                  false,
                  "key-" + id,
                  Workflows.compiled(text),
                  text,
                  JsonNodeFactory.instance.objectNode(),
                  null,
                  Map.of(),
                  "client");
          var _ =
              asked
                  .partition()
                  .start(request)
                  .thenAccept(_ -> invariants.acknowledged(id, asked.reader()));
        });
    agenda.after(PATIENCE + random.nextLong(PATIENCE), () -> start(id, workflow, at + 1));
  }

  private void ask(SimulatedCoordinator asked, Runnable question) {
    agenda.after(network.delayNanos(), () -> asked.process().now(question));
  }

  private void cancel(String id) {
    for (SimulatedCoordinator each : coordinators) {
      ask(
          each,
          () -> {
            var _ =
                each.partition()
                    .command(id, new Command.Cancel("client", null), "client", "execution.cancel");
          });
    }
  }

  private void publish() {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("specversion", "1.0").put("id", "c" + events++);
    event.put("source", "/client").put("type", Workflows.AWAITED);
    for (SimulatedCoordinator each : coordinators) {
      ask(each, () -> publish(each.partition(), event));
    }
  }

  private static void publish(Partition partition, ObjectNode event) {
    CompletableFuture<Integer> _ = partition.publish(List.of(new CloudEvent(event)), "client");
  }
}
