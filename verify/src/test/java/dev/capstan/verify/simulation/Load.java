package dev.capstan.verify.simulation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.core.decision.Command;
import dev.capstan.core.history.CloudEvent;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.Definitions;
import dev.capstan.server.partition.PartitionRequests;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Clients that start executions, send cloud events, and cancel now and then. They ask one
 * coordinator after the other until they have an answer, as clients do.
 */
final class Load {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long PATIENCE = 150 * MILLISECOND;

  private static final int FLOOD = 10;

  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final Invariants invariants;
  private int started;
  private int events;
  private boolean ending;
  private boolean over;

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
    if (over) {
      return;
    }
    agenda.after(
        random.nextLong(50 * MILLISECOND),
        () -> {
          if (!ending) {
            begin(next(), random.nextInt(coordinators.size()));
            if (random.nextInt(80) == 0) {
              flood();
            }
            if (random.nextInt(40) == 0) {
              SimulatedCoordinator asked = coordinators.get(random.nextInt(coordinators.size()));
              ask(asked, () -> startUndecidable(asked));
            }
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
    cancelStuck();
  }

  /** Asks for nothing more. */
  void rest() {
    over = true;
  }

  /** Nothing but an operator ends what can't be decided about. */
  private void cancelStuck() {
    invariants.acknowledged().stream()
        .filter(id -> Workflows.of(id) == Workflows.STUCK && !invariants.endsTold().contains(id))
        .forEach(this::cancel);
    agenda.after(PATIENCE, this::cancelStuck);
  }

  /** Whether all that somebody began to start was promised. */
  boolean allAcknowledged() {
    return invariants.acknowledged().size() == started;
  }

  int started() {
    return started;
  }

  private String next() {
    int workflow = random.nextInt(Workflows.COUNT);
    boolean poison = workflow == Workflows.POISONED || workflow == Workflows.STUCK;
    return Workflows.id(started++, poison && random.nextInt(3) > 0 ? 0 : workflow);
  }

  private void begin(String id, int at) {
    ask(coordinators.get(at), () -> start(id, coordinators.get(at)));
    again(id, at);
    if (random.nextInt(10) == 0) {
      agenda.after(random.nextLong(300 * MILLISECOND), () -> cancel(id));
    }
    if (random.nextInt(6) == 0) {
      agenda.after(random.nextLong(300 * MILLISECOND), () -> move(id));
    }
  }

  /** Many at a time for one coordinator. */
  private void flood() {
    int at = random.nextInt(coordinators.size());
    List<String> ids = IntStream.range(0, FLOOD).mapToObj(_ -> next()).toList();
    ask(coordinators.get(at), () -> ids.forEach(id -> start(id, coordinators.get(at))));
    ids.forEach(id -> again(id, at));
  }

  /** Asks the next coordinator unless there is an answer by then. */
  private void again(String id, int at) {
    agenda.after(
        PATIENCE + random.nextLong(PATIENCE),
        () -> {
          if (!invariants.acknowledged().contains(id)) {
            SimulatedCoordinator next = coordinators.get((at + 1) % coordinators.size());
            ask(next, () -> start(id, next));
            again(id, (at + 1) % coordinators.size());
          }
        });
  }

  private void start(String id, SimulatedCoordinator asked) {
    invariants.asked(id);
    var _ =
        asked
            .partition()
            .start(request(id, Workflows.text(Workflows.of(id))))
            .whenComplete((answer, refusal) -> {
              if (answer != null) {
                invariants.acknowledged(id, asked.reader());
              } else if (refusal instanceof Refusal why && why.code() == Refusal.Code.BUSY) {
                invariants.tally().bit(Happening.INBOX_FULL);
              }
            });
  }

  private static PartitionRequests.Start request(String id, String text) {
    return new PartitionRequests.Start(
        id,
        false,
        "key-" + id,
        Workflows.compiled(text),
        text,
        JsonNodeFactory.instance.objectNode(),
        null,
        Map.of(),
        "client");
  }

  private void startUndecidable(SimulatedCoordinator asked) {
    var _ =
        asked
            .partition()
            .start(request("undecidable", Workflows.UNDECIDABLE))
            .thenAccept(_ -> invariants.violated("a start that nobody can decide was accepted"));
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
                    .command(id, new Command.Cancel("client", null), "client", "execution.cancel")
                    .thenAccept(_ -> {
                      invariants.tally().bit(Happening.CANCEL_ACKNOWLEDGED);
                      invariants.endTold(id, each.reader());
                    });
          });
    }
  }

  /** To a later version, in which everything stands elsewhere. */
  private void move(String id) {
    String text = Workflows.later(Workflows.of(id));
    Definitions.Deployed later = new Definitions.Deployed(Workflows.compiled(text), text);
    for (SimulatedCoordinator each : coordinators) {
      ask(
          each,
          () -> {
            var _ =
                each.partition()
                    .migrate(new PartitionRequests.Move(id, later, Map.of(), "client"))
                    .thenAccept(_ -> invariants.moved(id, each.reader()));
          });
    }
  }

  private void publish() {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    String id = "c" + events++;
    event.put("specversion", "1.0").put("id", id);
    event.put("source", "/client").put("type", Workflows.AWAITED);
    for (SimulatedCoordinator each : coordinators) {
      ask(
          each,
          () -> {
            var _ =
                each.partition()
                    .publish(List.of(new CloudEvent(event)), "client")
                    .thenAccept(takers -> invariants.published(id, takers, each.reader()));
          });
    }
  }
}
