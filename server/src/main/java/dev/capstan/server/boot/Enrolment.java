package dev.capstan.server.boot;

import dev.capstan.node.config.CoordinatorConfig;
import dev.capstan.node.env.Clock;
import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.CertificateRenewal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.Founding;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.pki.Credential;
import dev.capstan.server.agreement.AnsweringNetwork;
import dev.capstan.server.log.Heirs;
import dev.capstan.server.log.LogStatus;
import dev.capstan.server.log.PeerNetwork;
import dev.capstan.server.log.RatisLogs;
import dev.capstan.server.membership.Intruders;
import dev.capstan.server.membership.MembershipService;
import dev.capstan.server.membership.Reconciler;
import dev.capstan.server.membership.Registrar;
import dev.capstan.server.membership.Roster;
import dev.capstan.server.membership.Signatory;
import dev.capstan.server.membership.Voters;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.store.Store;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a coordinator does so that the cluster is made of those that belong to it. */
final class Enrolment {
  private static final Logger LOG = LoggerFactory.getLogger(Enrolment.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  /** A second without a leader: longer than most elections. */
  private static final int LEADERLESS_LOOKS = 5;

  private static final Duration HAND_OVER = Duration.ofSeconds(2);

  private final Protection protection;
  private final Leadership leadership;
  private final String self;
  private final int partitions;
  private final Clock clock;
  private final Supplier<@Nullable String> leader;
  private final Registrar registrar;
  private @Nullable Founding founding;
  private @Nullable CompletableFuture<?> storing;
  private @Nullable Whereabouts whereabouts;
  private int leaderless;

  Enrolment(
      Protection protection,
      CoordinatorConfig config,
      PartitionRequests partition,
      Store store,
      Leadership leadership,
      Clock clock,
      Voters voters,
      Supplier<@Nullable String> leader) {
    this.leader = leader;
    this.protection = protection;
    this.leadership = leadership;
    this.self = config.coordinator();
    this.partitions = config.partitions();
    this.clock = clock;
    this.registrar =
        new Registrar(
            config.cluster(), protection.authorities(), partition, store, clock, self, voters);
    this.founding = protection.home().founding();
  }

  Registrar registrar() {
    return registrar;
  }

  MembershipService service() {
    return new MembershipService(
        registrar, protection.roster(), partitions, leadership::isHere, leader);
  }

  /** Sees to it that those who were not let in stand in the audit, wherever they tried. */
  void watchIntruders(Duties duties) {
    Intruders intruders = protection.intruders();
    intruders.tellTo(
        registrar, protection.roster(), self, protection.asNode(), leadership::isHere, leader);
    duties.repeat(intruders, LOOK_EVERY);
  }

  /**
   * Begins to look after the members of all groups, and after those that were put out.
   *
   * @param process this one; null where there are no others
   * @param heirs who may lead after this one
   */
  void begin(
      Duties duties,
      RatisLogs logs,
      @Nullable AnsweringNetwork network,
      @Nullable SoleProcess process,
      Heirs heirs,
      List<LocalPartition> partitions) {
    Roster roster = protection.roster();
    Consumer<StartupRefusal> stop =
        why -> partitions.forEach(each -> each.leadership().failed(why));
    if (network != null && process != null) {
      Whereabouts here =
          new Whereabouts(
              network, registrar.coordinators(), roster, leadership::isHere, leader, process, stop);
      network.answer(PeerNetwork.Call.PLACE, here);
      whereabouts = here;
    }
    for (LocalPartition each : partitions) {
      duties.repeat(
          new Reconciler(new Replicas(logs, heirs, each), roster, self, clock::nanos), LOOK_EVERY);
    }
    duties.repeat(new Drained(SpreadGroup.all(partitions, logs), heirs, self), LOOK_EVERY);
    duties.repeat(this::storeSelf, LOOK_EVERY);
    duties.repeat(
        new PutOut(
            self,
            protection::isOut,
            protection::isDismissed,
            () -> partitions.stream().map(each -> vote(logs, each.group())),
            clock::nanos,
            stop),
        PutOut.LOOK_EVERY);
    CertificateRenewal renewal = renewal();
    duties.repeat(renewal, CertificateRenewal.LOOK_EVERY);
    // It may stand there now that this coordinator is somewhere else.
    roster.onChange(() -> duties.once(renewal));
    roster.onChange(() -> partitions.forEach(each -> each.nodes().recheck()));
    // Whoever is put out is cut off while the disk keeps everything else waiting, too.
    roster.onChange(
        () -> duties.atOnce(() -> partitions.forEach(each -> each.sessions().recheck())));
    roster.onChange(() -> duties.atOnce(protection.door()::recheck));
  }

  private static PutOut.Vote vote(RatisLogs logs, String group) {
    return PutOut.Vote.of(logs.remains(group), logs.members(group).size());
  }

  /** A coordinator has the authorities, so it needs nobody to sign for it. */
  private CertificateRenewal renewal() {
    NodeIdentity identity = protection.identity();
    return new CertificateRenewal(
        protection.home(),
        identity,
        protection.keys(),
        (request, peerRequest) ->
            registrar.signatory().renewOwn(identity, request, peerRequest, protection.roster()),
        () -> Instant.ofEpochMilli(clock.wallMillis()),
        new SecureRandom(),
        this::namesAnotherPlace);
  }

  /** Once the rows say where this coordinator is: the hosts that are signed stand there. */
  private boolean namesAnotherPlace(Credential shown) {
    CoordinatorPlace place = protection.place();
    return place.equals(protection.roster().coordinator(self))
        && !shown.names(Signatory.hosts(place));
  }

  /** Where the rows don't say where this coordinator is, they are told, or who leads is. */
  private void storeSelf() {
    CompletableFuture<?> running = storing;
    if (running != null && !running.isDone()) {
      return;
    }
    CoordinatorPlace place = protection.place();
    CoordinatorPlace known = protection.roster().coordinator(self);
    if (!leadership.isHere()) {
      Whereabouts told = whereabouts;
      leaderless = leader.get() == null ? leaderless + 1 : 0;
      // The rows here may be older than those that the leader looks at.
      boolean missed = leaderless > LEADERLESS_LOOKS;
      if (told != null && known != null && (missed || !known.equals(place))) {
        leaderless = 0;
        storing = told.tell();
      }
      return;
    }
    if (known == null && founding != null) {
      storing = registrar.coordinators().found(place, founding).exceptionally(this::failed);
    } else if (known != null && founding != null) {
      forgetFounding();
    } else if (known != null && !known.equals(place)) {
      Whereabouts here = whereabouts;
      storing = here == null ? null : here.move(place);
    }
  }

  private void forgetFounding() {
    try {
      protection.home().founded();
      founding = null;
    } catch (IOException e) {
      LOG.warn("What was stored of the founding could not be forgotten; tried again", e);
    }
  }

  private Boolean failed(Throwable failure) {
    LOG.info("Where this coordinator is could not be stored yet: {}", failure.getMessage());
    return false;
  }

  private static final class Replicas implements Reconciler.Group {
    private final RatisLogs logs;
    private final Heirs heirs;
    private final LocalPartition partition;

    private Replicas(RatisLogs logs, Heirs heirs, LocalPartition partition) {
      this.logs = logs;
      this.heirs = heirs;
      this.partition = partition;
    }

    @Override
    public boolean leads() {
      return partition.leadership().isHere();
    }

    @Override
    public List<String> members() {
      return logs.members(partition.group());
    }

    @Override
    public long committed() {
      return status().commitIndex();
    }

    @Override
    public long reached(String node) {
      return status().peers().stream()
          .filter(peer -> peer.node().equals(node))
          .mapToLong(LogStatus.Peer::matchIndex)
          .findFirst()
          .orElse(-1);
    }

    private LogStatus status() {
      return logs.log(partition.group()).status();
    }

    @Override
    public CompletableFuture<?> setMembers(List<String> nodes, Duration atMost) {
      return logs.setMembers(partition.group(), nodes, atMost);
    }

    @Override
    public void handOver() {
      Thread.ofVirtual().start(() -> logs.handOver(heirs, HAND_OVER));
    }
  }
}
