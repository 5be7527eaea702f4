package dev.capstan.verify.simulation;

import dev.capstan.node.env.Clock;
import dev.capstan.server.boot.Drained;
import dev.capstan.server.boot.Spread;
import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.membership.Roster;
import dev.capstan.server.post.Currency;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a coordinator in one of its lives lets others lead: the real {@link Spread} and {@link
 * Drained}, and what it does first when it stops in order.
 */
final class HandOvers {
  /** Elections and leases are so many times shorter here. So are the times that are fixed there. */
  static final int FASTER = 30;

  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long DRAINED_EVERY = 200 * MILLISECOND / FASTER;
  private static final long SPREAD_EVERY = Spread.LOOK_EVERY.toNanos() / FASTER;
  private static final long DEPARTURE_LOOK = MILLISECOND;

  /** One replica is asked for so long at most when its coordinator stops. */
  private static final Duration TURN = Duration.ofSeconds(2);

  private final SimulatedCoordinator self;
  private final SimulatedProcess process;
  private final Agenda agenda;
  private final SimulatedNetwork network;
  private final Function<String, SimulatedCoordinator> others;
  private final List<Consensus> groups;
  private final Heirs heirs;
  private final BlockingThread threads;
  private final Tally tally;

  /**
   * @param groups of all partitions
   */
  HandOvers(
      SimulatedCoordinator self,
      Agenda agenda,
      SimulatedNetwork network,
      Function<String, SimulatedCoordinator> others,
      List<Consensus> groups,
      Roster roster) {
    this.self = self;
    this.process = self.process();
    this.agenda = agenda;
    this.network = network;
    this.others = others;
    this.groups = groups;
    this.tally = network.tally();
    this.threads = new BlockingThread(process);
    this.heirs =
        new Heirs(
            node -> !roster.coordinators().isEmpty() && roster.coordinator(node) == null,
            roster::isDrained);
  }

  /**
   * Begins to look who should lead.
   *
   * @param first of the first partition
   */
  void begin(Currency first) {
    List<Group> here =
        self.replicas().stream()
            .map(each -> new Group(each, Happening.DRAINED_ONE_HANDS_OVER))
            .toList();
    repeat(new Drained(here, heirs, self.name()), DRAINED_EVERY);
    if (self.replicas().size() > 1) {
      List<Waiting> spread = self.replicas().stream().map(Waiting::new).toList();
      repeat(
          new Spread(
              spread,
              self.name(),
              heirs,
              node -> threads.await(first.currentAt(node.equals(self.name()) ? null : node)),
              faster(),
              threads),
          SPREAD_EVERY);
    }
  }

  Clock faster() {
    return new Clock() {
      @Override
      public long wallMillis() {
        return nanos() / MILLISECOND;
      }

      @Override
      public long nanos() {
        return agenda.nanos() * FASTER;
      }
    };
  }

  void repeat(Runnable look, long everyNanos) {
    process.after(
        everyNanos,
        () -> {
          look.run();
          repeat(look, everyNanos);
        });
  }

  /** The process has died. */
  void end() {
    threads.end();
  }

  /**
   * All that is led here is to be led elsewhere.
   *
   * @param leaves whether it is to lead nothing in any case
   */
  void all(boolean leaves) {
    self.replicas().forEach(each -> handOver(each, leaves));
  }

  private void handOver(SimulatedReplica replica, boolean leaves) {
    if (replica.believesToLead()) {
      heirs.of(status(replica)).stream()
          .findFirst()
          .ifPresent(heir -> {
            CompletableFuture<Void> _ = handOver(replica, heir, leaves, TURN);
          });
    }
  }

  private CompletableFuture<Void> handOver(
      SimulatedReplica replica, String heir, boolean leaves, Duration atMost) {
    return groups
        .get(replica.number())
        .handOver(self, others.apply(heir), leaves, atMost.toNanos() / FASTER);
  }

  /**
   * Lets others lead, and waits until they do.
   *
   * @param untilNanos and no longer
   */
  void depart(long untilNanos, Runnable then) {
    if (agenda.nanos() > untilNanos || areLedElsewhere()) {
      then.run();
    } else {
      all(true);
      process.after(DEPARTURE_LOOK, () -> depart(untilNanos, then));
    }
  }

  private boolean areLedElsewhere() {
    return self.replicas().stream()
        .allMatch(each -> {
          String leader = each.leader();
          return !each.isHere() && leader != null && !leader.equals(self.name());
        });
  }

  LogStatus status(SimulatedReplica replica) {
    LogStatus own = replica.status();
    List<LogStatus.Peer> peers = new ArrayList<>();
    for (String node : replica.members()) {
      if (!node.equals(self.name())) {
        SimulatedCoordinator other = others.apply(node);
        SimulatedReplica there = other.replica(replica.number());
        long lag = own.lastIndex() - there.goneThrough();
        boolean answers =
            network.connects(self.name(), node) && other.process().runs() && !there.hasFailed();
        peers.add(new LogStatus.Peer(node, there.goneThrough(), lag * FASTER / 3, 0, answers));
      }
    }
    return new LogStatus(
        own.role(),
        own.firstIndex(),
        own.lastIndex(),
        own.commitIndex(),
        own.appliedIndex(),
        own.snapshotIndex(),
        own.inFlight(),
        own.inFlightBytes(),
        own.bytesOnDisk(),
        peers);
  }

  /** A partition here. */
  private class Group implements Spread.Group {
    private final SimulatedReplica replica;
    private final Happening happening;

    Group(SimulatedReplica replica, Happening happening) {
      this.replica = replica;
      this.happening = happening;
    }

    @Override
    public int number() {
      return replica.number();
    }

    @Override
    public boolean isHere() {
      return replica.isHere();
    }

    @Override
    public @Nullable String leader() {
      return replica.leader();
    }

    @Override
    public List<String> members() {
      return replica.members();
    }

    @Override
    public LogStatus status() {
      return HandOvers.this.status(replica);
    }

    @Override
    public CompletableFuture<?> handOver(String node, Duration atMost) {
      boolean leads = replica.believesToLead();
      tally.happened(happening);
      return HandOvers.this
          .handOver(replica, node, false, atMost)
          .thenRun(() -> {
            if (leads) {
              tally.bit(happening);
            }
          });
    }
  }

  /** The same for one who waits for it. */
  private final class Waiting extends Group {
    Waiting(SimulatedReplica replica) {
      super(replica, Happening.LEADERSHIP_SPREAD);
    }

    @Override
    public CompletableFuture<?> handOver(String node, Duration atMost) {
      CompletableFuture<?> handOver = super.handOver(node, atMost);
      boolean _ = threads.await(handOver);
      return handOver;
    }
  }
}
