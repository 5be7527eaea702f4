package dev.capstan.verify.simulation;

import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Change;
import dev.capstan.server.store.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * Who belongs to the cluster: the rows that are written when a machine is let in, without the keys
 * and certificates that go with it. Whoever lets one in asks again until it is acknowledged.
 */
final class Members {
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

  private final Agenda agenda;
  private final RandomGenerator random;
  private final List<SimulatedCoordinator> coordinators;
  private final List<Waiting> waiting = new ArrayList<>();

  private record Waiting(String node, boolean coordinator, Runnable done) {}

  Members(Agenda agenda, RandomGenerator random, List<SimulatedCoordinator> coordinators) {
    this.agenda = agenda;
    this.random = random;
    this.coordinators = coordinators;
  }

  /** Whether nobody waits to be let in. */
  boolean areAllIn() {
    return waiting.isEmpty();
  }

  /** Lets somebody in. */
  void letIn(String node, boolean coordinator, Runnable done) {
    Waiting one = new Waiting(node, coordinator, done);
    waiting.add(one);
    ask(one);
  }

  private void ask(Waiting one) {
    if (!waiting.contains(one)) {
      return;
    }
    for (SimulatedCoordinator each : coordinators) {
      each.process()
          .now(() -> {
            if (each.replica(0).leads()) {
              var _ =
                  each.replica(0)
                      .partition()
                      .transact(view -> enter(view, one))
                      .thenRun(() -> acknowledged(one));
            }
          });
    }
    agenda.after(PAUSE + random.nextLong(PAUSE), () -> ask(one));
  }

  private void acknowledged(Waiting one) {
    if (waiting.remove(one)) {
      one.done().run();
    }
  }

  /** Once; a second time it finds its row there. */
  private static boolean enter(TransactionView view, Waiting one) {
    byte[] key = key("node/" + one.node());
    if (view.get(Table.CLUSTER, key) != null) {
      return false;
    }
    view.write(
        new Change.Put(
            Table.CLUSTER,
            key,
            Admitted.newBuilder()
                .setId(one.node())
                .setRole(one.coordinator() ? "coordinator" : "worker")
                .setJoinedMillis(view.now().toEpochMilli())
                .build()
                .toByteArray()));
    if (one.coordinator()) {
      view.write(
          new Change.Put(
              Table.CLUSTER,
              key("coordinator/" + one.node()),
              Coordinator.newBuilder()
                  .setId(one.node())
                  .setGrpc(one.node() + ":7070")
                  .setHttp(one.node() + ":7080")
                  .setPeer(one.node() + ":7090")
                  .setJoinedMillis(view.now().toEpochMilli())
                  .build()
                  .toByteArray()));
    }
    return true;
  }

  private static byte[] key(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
