package dev.capstan.verify.simulation;

import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.PeerNetwork.Call;
import dev.capstan.server.membership.Reconciler;
import dev.capstan.server.membership.Voters;
import dev.capstan.server.post.Currency;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Who has a vote, and who leads, as one coordinator sees it: what a coordinator gives those that
 * change it, without threads.
 */
final class SimulatedVoters implements Voters {
  private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(1);

  /** For others to take over; so long it is looked whether they have. */
  private static final Duration WITHIN = Duration.ofSeconds(3).dividedBy(HandOvers.FASTER);

  private final SimulatedCoordinator self;
  private final Agenda agenda;
  private final List<Consensus> groups;

  SimulatedVoters(SimulatedCoordinator self, Agenda agenda, List<Consensus> groups) {
    this.self = self;
    this.agenda = agenda;
    this.groups = groups;
  }

  /** Answers one that is going to put this coordinator out. */
  void answer() {
    self.calls()
        .answer(
            Call.LET_LEAD,
            _ -> {
              self.handOvers().all(true);
              return until(() -> self.replicas().stream().noneMatch(SimulatedReplica::leads))
                  .thenApply(_ -> new byte[0]);
            });
  }

  @Override
  public List<Set<String>> groups() {
    return groups.stream().<Set<String>>map(group -> new TreeSet<>(group.members())).toList();
  }

  @Override
  public Set<String> answering() {
    Set<String> answering = new TreeSet<>(Set.of(self.name()));
    self.handOvers().status(self.replica(0)).peers().stream()
        .filter(LogStatus.Peer::answers)
        .map(LogStatus.Peer::node)
        .forEach(answering::add);
    return answering;
  }

  @Override
  public CompletableFuture<?> confirm() {
    return CompletableFuture.allOf(
        self.replicas().stream()
            .skip(1)
            .map(each -> self.currency(each.number()))
            .map(Currency::confirm)
            .toArray(CompletableFuture[]::new));
  }

  @Override
  public CompletableFuture<?> handOver() {
    self.handOvers().all(true);
    return until(() -> !self.name().equals(self.replica(0).leader()));
  }

  @Override
  public CompletableFuture<?> relieve(String coordinator) {
    return coordinator.equals(self.name()) || !leadsAny(coordinator)
        ? CompletableFuture.completedFuture(null)
        : self.calls()
            .call(coordinator, Call.LET_LEAD, new byte[0], WITHIN)
            .thenCompose(_ -> until(() -> !leadsAny(coordinator)));
  }

  private boolean leadsAny(String coordinator) {
    return self.replicas().stream().anyMatch(each -> coordinator.equals(each.leader()));
  }

  private CompletableFuture<Void> until(BooleanSupplier holds) {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    look(holds, reached, agenda.nanos() + WITHIN.toNanos());
    return reached;
  }

  private void look(BooleanSupplier holds, CompletableFuture<Void> reached, long untilNanos) {
    if (holds.getAsBoolean()) {
      reached.complete(null);
    } else if (agenda.nanos() > untilNanos) {
      reached.completeExceptionally(new IllegalStateException("nobody took over"));
    } else {
      self.process().after(LOOK, () -> look(holds, reached, untilNanos));
    }
  }

  /** The replicas of a partition, for whoever makes them those that the rows name. */
  Reconciler.Group group(SimulatedReplica replica) {
    return new Group(replica);
  }

  private final class Group implements Reconciler.Group {
    private final SimulatedReplica replica;

    Group(SimulatedReplica replica) {
      this.replica = replica;
    }

    @Override
    public boolean leads() {
      return replica.isHere();
    }

    @Override
    public List<String> members() {
      return replica.members();
    }

    @Override
    public long committed() {
      return replica.status().commitIndex();
    }

    @Override
    public long reached(String node) {
      return self.handOvers().status(replica).peers().stream()
          .filter(peer -> peer.node().equals(node))
          .mapToLong(LogStatus.Peer::matchIndex)
          .findFirst()
          .orElse(-1);
    }

    @Override
    public CompletableFuture<?> setMembers(List<String> nodes, Duration atMost) {
      return groups
          .get(replica.number())
          .setMembers(self, nodes, atMost.toNanos() / HandOvers.FASTER);
    }

    @Override
    public void handOver() {
      self.handOvers().all(true);
    }
  }
}
