package dev.capstan.verify.simulation;

import dev.capstan.server.membership.ClusterAdmittance;
import dev.capstan.server.membership.Roster;
import dev.capstan.server.nodes.Admittance;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The real one, but for certificates: which process calls is what the network says. */
final class SimulatedAdmittance implements Admittance {
  static final String CLUSTER = "simulated";

  private final ClusterAdmittance real;
  private @Nullable String caller;

  SimulatedAdmittance(Roster roster) {
    this.real = new ClusterAdmittance(roster, CLUSTER);
  }

  /** Runs a call of a worker. */
  <T> T call(String worker, Supplier<T> call) {
    caller = worker;
    try {
      return call.get();
    } finally {
      caller = null;
    }
  }

  @Override
  public @Nullable String proven() {
    return caller;
  }

  @Override
  public @Nullable Instant provenUntil() {
    return null;
  }

  @Override
  public boolean isEvicted(String node) {
    return real.isEvicted(node);
  }

  @Override
  public boolean isEvicted(TransactionView view, String node) {
    return real.isEvicted(view, node);
  }

  @Override
  public boolean evict(TransactionView view, String node) {
    return real.evict(view, node);
  }
}
