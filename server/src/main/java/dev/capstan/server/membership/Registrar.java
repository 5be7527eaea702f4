package dev.capstan.server.membership;

import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.api.storage.v1.ApiKey;
import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.node.env.Clock;
import dev.capstan.node.joining.Authorities;
import dev.capstan.node.joining.CertificateRenewal;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.Founding;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.pki.SigningRefusedException;
import dev.capstan.security.token.JoinGrant;
import dev.capstan.security.token.JoinToken;
import dev.capstan.server.gateway.KeyDesk;
import dev.capstan.server.gateway.Refusal;
import dev.capstan.server.partition.PartitionRequests;
import dev.capstan.server.partition.PartitionRequests.TransactionView;
import dev.capstan.server.store.Store;
import dev.capstan.server.store.Table;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes who belongs to the cluster: each change is a transaction with its audit entry. Only where
 * this coordinator leads; elsewhere every change is refused. Safe for any thread.
 */
public final class Registrar {
  private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);
  private static final String ANY = "any";
  private static final Duration RETRY = Duration.ofMillis(200);

  /** Equal attempts to join that are refused count once in so long a time. */
  private static final Duration AUDITED_AGAIN_AFTER = Duration.ofMinutes(1);

  /** Attempts with a token's secret that are refused are audited at most so often in that time. */
  private static final int MOST_AUDITED = 60;

  /** And those of whoever has none: by address. */
  private static final int MOST_STRANGERS_AUDITED = 20;

  private final String cluster;
  private final Authorities authorities;
  private final PartitionRequests partition;
  private final Store store;
  private final Clock clock;
  private final Throttle strangers;
  private final Throttle refusals;
  private final String self;
  private final Voters voters;
  private final SecureRandom random = new SecureRandom();

  /**
   * Changes of a cluster whose rows are kept by a partition.
   *
   * @param self this coordinator
   */
  public Registrar(
      String cluster,
      Authorities authorities,
      PartitionRequests partition,
      Store store,
      Clock clock,
      String self,
      Voters voters) {
    this.self = self;
    this.voters = voters;
    this.cluster = cluster;
    this.authorities = authorities;
    this.partition = partition;
    this.store = store;
    this.clock = clock;
    this.strangers = new Throttle(AUDITED_AGAIN_AFTER, MOST_STRANGERS_AUDITED, clock::nanos);
    this.refusals = new Throttle(AUDITED_AGAIN_AFTER, MOST_AUDITED, clock::nanos);
  }

  /**
   * Makes a join token; completes when its grant is durable.
   *
   * @param node the only node that may use it; null for any
   * @throws Refusal if the life is too long
   */
  public CompletableFuture<Invitation> invite(
      Role role, @Nullable String node, Duration life, String principal) {
    if (!life.isPositive() || life.compareTo(JoinGrant.LONGEST_LIFE) > 0) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "A join token is good for more than no time and at most 24 hours, not " + life,
          "Take a life such as 15m");
    }
    if (node != null) {
      requireName(role, node);
    }
    JoinToken token = JoinToken.fresh(random, authorities.pin());
    return partition.transact(view -> {
      JoinGrant grant = JoinGrant.of(token, role, node, view.now(), life);
      view.write(GrantRow.fresh(grant, principal).put());
      view.audit(
          principal,
          "cluster.invite",
          grant.id(),
          "ok",
          role.word()
              + ", for node "
              + (node == null ? ANY : node)
              + ", until "
              + grant.expiresAt());
      return new Invitation(token, grant.expiresAt());
    });
  }

  /** Nobody could join with a token for a name that no certificate has. */
  private void requireName(Role role, String node) {
    try {
      NodeIdentity _ = new NodeIdentity(cluster, node, role);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          Refusal.Code.INVALID_REQUEST,
          "No node can be called \"" + node + "\"",
          String.valueOf(e.getMessage()));
    }
  }

  /** The cluster's API keys. */
  public KeyDesk keys() {
    return new ApiKeys(partition, store, random);
  }

  /** A join token and until when it can be used. */
  public record Invitation(JoinToken token, Instant expiresAt) {}

  /** Lets a machine in if its token is good; completes when that is durable. */
  CompletableFuture<Verdict> join(Application application) {
    JoinRules rules = new JoinRules(key -> store.get(Table.CLUSTER, key), now());
    NodeIdentity identity;
    RequestedKeys keys;
    Signed signed;
    try {
      identity = new NodeIdentity(cluster, application.node(), application.role());
      JoinRules.Finding.Refused stranger = rules.stranger(application);
      if (stranger != null) {
        return stranger.counted() == null && !strangers.passes(application.from())
            ? refused(stranger.sentence())
            : partition.transact(view -> turnAway(view, application));
      }
      keys = RequestedKeys.of(application);
      JoinRules.Finding finding = rules.look(application, keys);
      if (finding instanceof JoinRules.Finding.Refused refusal
          && !refusals.passes(application.asking())) {
        return refused(refusal.sentence());
      }
      signed =
          finding instanceof JoinRules.Finding.Refused
              ? Signed.NOTHING
              : sign(application, identity);
    } catch (IllegalArgumentException | SigningRefusedException e) {
      return refused(String.valueOf(e.getMessage()));
    }
    return partition.transact(view -> admit(view, application, identity, keys, signed));
  }

  /** Counts a wrong secret, and tells the audit. */
  private static Verdict turnAway(TransactionView view, Application application) {
    JoinRules.Finding.Refused stranger = rules(view).stranger(application);
    if (stranger == null) {
      throw changed();
    }
    GrantRow counted = stranger.counted();
    if (counted != null) {
      view.write(counted.put());
    }
    return refuse(view, application, stranger.sentence());
  }

  private static JoinRules rules(TransactionView view) {
    return new JoinRules(key -> view.get(Table.CLUSTER, key), view.now());
  }

  private static Refusal changed() {
    return new Refusal(Refusal.Code.NOT_READY, "what the cluster knows of the token has changed");
  }

  /** Certificates that are handed out only where the rows allow it. */
  private record Signed(List<X509Certificate> chain, List<X509Certificate> peerChain) {
    static final Signed NOTHING = new Signed(List.of(), List.of());
  }

  private Signed sign(Application application, NodeIdentity identity)
      throws SigningRefusedException {
    byte[] peerRequest = application.peerRequest();
    return new Signed(
        sign(Purpose.NODES, application.request(), identity, application.place()),
        peerRequest == null
            ? List.of()
            : sign(Purpose.PEERS, peerRequest, identity, application.place()));
  }

  private static CompletableFuture<Verdict> refused(String sentence) {
    return CompletableFuture.completedFuture(new Verdict.Refused(sentence));
  }

  private List<X509Certificate> sign(
      Purpose purpose, byte[] request, NodeIdentity identity, @Nullable CoordinatorPlace place)
      throws SigningRefusedException {
    return authorities.sign(purpose, request, identity, hosts(place), now());
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.wallMillis());
  }

  /** The hosts that certificates of a coordinator at a place name; none where there is no place. */
  public static List<String> hosts(@Nullable CoordinatorPlace place) {
    return place == null
        ? List.of()
        : List.of(place.http().host(), place.grpc().host(), "localhost").stream()
            .distinct()
            .toList();
  }

  private Verdict admit(
      TransactionView view,
      Application application,
      NodeIdentity identity,
      RequestedKeys keys,
      Signed signed) {
    return switch (rules(view).look(application, keys)) {
      case JoinRules.Finding.Refused(String sentence, GrantRow counted) -> {
        if (counted != null) {
          view.write(counted.put());
        }
        yield refuse(view, application, sentence);
      }
      case JoinRules.Finding.Again() -> admitted(identity, signed);
      case JoinRules.Finding.Welcome(GrantRow spent) -> {
        Verdict verdict = admitted(identity, signed);
        view.write(spent.put());
        enter(view, identity, application.place());
        view.audit(
            "node:" + identity.node(),
            "cluster.join",
            identity.node(),
            "ok",
            identity.role().word()
                + " from "
                + application.from()
                + " with token "
                + application.token());
        yield verdict;
      }
    };
  }

  /** Rows may have changed since nothing was signed: then the machine asks again. */
  private static Verdict admitted(NodeIdentity identity, Signed signed) {
    if (signed.chain().isEmpty()) {
      throw changed();
    }
    return new Verdict.Admitted(identity, signed.chain(), signed.peerChain());
  }

  private static Verdict refuse(TransactionView view, Application application, String sentence) {
    view.audit(
        "node:" + application.node(),
        "cluster.join",
        application.node(),
        "refused",
        "from " + application.from() + " with token " + application.token() + ": " + sentence);
    LOG.warn("{} was not let in: {}", application.node(), sentence);
    return new Verdict.Refused(sentence);
  }

  /**
   * Records in the audit whom a coordinator did not let in; completes when that is durable.
   *
   * @param coordinator where they tried
   */
  CompletableFuture<?> record(String coordinator, List<Intruder> intruders) {
    return partition.transact(view -> {
      for (Intruder each : intruders) {
        view.audit(
            each.who(),
            each.operation(),
            coordinator,
            "refused",
            each.reason() + ": " + each.detail());
      }
      return intruders.size();
    });
  }

  private static void enter(
      TransactionView view, NodeIdentity identity, @Nullable CoordinatorPlace place) {
    view.write(
        ClusterRows.put(
            ClusterRows.NODE,
            identity.node(),
            Admitted.newBuilder()
                .setId(identity.node())
                .setRole(identity.role().word())
                .setJoinedMillis(view.now().toEpochMilli())
                .build()
                .toByteArray()));
    if (place != null) {
      write(view, place);
    }
  }

  private static void write(TransactionView view, CoordinatorPlace place) {
    view.write(
        ClusterRows.put(
            ClusterRows.COORDINATOR,
            place.node(),
            Coordinator.newBuilder()
                .setId(place.node())
                .setGrpc(place.grpc().toString())
                .setHttp(place.http().toString())
                .setPeer(place.peer().toString())
                .setJoinedMillis(view.now().toEpochMilli())
                .build()
                .toByteArray()));
  }

  /**
   * The first coordinator of a new cluster stores itself and the first administrator's key. Does
   * nothing in a cluster that has coordinators.
   */
  public CompletableFuture<Boolean> found(CoordinatorPlace first, Founding founding) {
    return partition.transact(view -> {
      byte[] key = ClusterRows.key(ClusterRows.COORDINATOR, first.node());
      if (view.get(Table.CLUSTER, key) != null) {
        return false;
      }
      enter(view, NodeIdentity.coordinator(cluster, first.node()), first);
      view.write(
          ClusterRows.put(
              ClusterRows.KEY,
              founding.keyId(),
              ApiKey.newBuilder()
                  .setId(founding.keyId())
                  .setDigest(founding.keyDigest().hex())
                  .setPrincipal(founding.principal())
                  .setCreatedMillis(view.now().toEpochMilli())
                  .setCreatedBy("cluster init")
                  .build()
                  .toByteArray()));
      view.audit(founding.principal(), "cluster.found", cluster, "ok", "by " + first.node());
      return true;
    });
  }

  /** A coordinator is somewhere else now. */
  public CompletableFuture<Boolean> moved(CoordinatorPlace place) {
    return partition.transact(view -> {
      byte[] key = ClusterRows.key(ClusterRows.COORDINATOR, place.node());
      byte[] present = view.get(Table.CLUSTER, key);
      if (present == null || place.isIn(ClusterRows.coordinator(present))) {
        return false;
      }
      boolean drained = ClusterRows.coordinator(present).getDrained();
      write(view, place);
      if (drained) {
        drain(view, place.node(), true);
      }
      view.audit("node:" + place.node(), "cluster.move", place.node(), "ok", "to " + place.grpc());
      return true;
    });
  }

  /**
   * Lets a coordinator lead no more while another one can, or again; completes when that is
   * durable. It goes on to replicate, and counts for majorities as before.
   */
  public CompletableFuture<Void> drain(String coordinator, boolean drained, String principal) {
    return partition
        .transact(view -> {
          drain(view, coordinator, drained);
          String operation = drained ? "cluster.drain" : "cluster.undrain";
          view.audit(principal, operation, coordinator, "ok", null);
          return coordinator;
        })
        .thenAccept(id -> LOG.info("Coordinator {} {} lead", id, drained ? "need not" : "may"));
  }

  private static void drain(TransactionView view, String coordinator, boolean drained) {
    byte[] present = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.COORDINATOR, coordinator));
    if (present == null) {
      throw unknown(coordinator);
    }
    Coordinator row = ClusterRows.coordinator(present).toBuilder().setDrained(drained).build();
    view.write(ClusterRows.put(ClusterRows.COORDINATOR, coordinator, row.toByteArray()));
  }

  private static Refusal unknown(String coordinator) {
    return new Refusal(
        Refusal.Code.NOT_FOUND,
        "There is no coordinator " + coordinator,
        "capstan cluster status lists them");
  }

  /**
   * Puts a coordinator out; completes when that is durable. Its replicas leave the groups after
   * that. What it leads is handed over first, since whoever applies the row talks to it no more.
   * One that leads the first partition refuses then as not ready, so that the request goes on to
   * its successor. One that was put out already stays so: a client whose answer was lost asks
   * again.
   *
   * @throws Refusal in the future, if what would remain could not decide anything
   */
  public CompletableFuture<Void> dismiss(String coordinator, String principal) {
    if (isFirstOfSeveral(coordinator)) {
      Refusal refusal = Removal.refusal(coordinator, coordinators(), voters);
      return refusal != null ? CompletableFuture.failedFuture(refusal) : goOnElsewhere();
    }
    return voters
        .confirm()
        .exceptionally(_ -> {
          throw Refusal.notLed(
              "Not all partitions are led, so nobody knows who has a vote in them");
        })
        .thenCompose(_ -> relieve(coordinator))
        .thenCompose(_ -> putOut(coordinator, principal));
  }

  private boolean isFirstOfSeveral(String coordinator) {
    return coordinator.equals(self) && voters.groups().getFirst().size() > 1;
  }

  /** Nothing is done to one that may not go, or is none. */
  private CompletableFuture<?> relieve(String coordinator) {
    Set<String> present = coordinators();
    if (!present.contains(coordinator)) {
      return CompletableFuture.completedFuture(null);
    }
    Refusal refusal = Removal.refusal(coordinator, present, voters);
    return refusal != null
        ? CompletableFuture.failedFuture(refusal)
        : voters
            .relieve(coordinator)
            .exceptionally(_ -> {
              throw notRelieved(coordinator);
            });
  }

  private CompletableFuture<Void> putOut(String coordinator, String principal) {
    return partition
        .transact(view -> {
          if (wasRemoved(view, coordinator)) {
            return false;
          }
          remove(view, coordinator);
          view.audit(principal, "cluster.remove", coordinator, "ok", null);
          return true;
        })
        .thenAccept(now -> {
          if (now) {
            LOG.info("Coordinator {} was put out by {}", coordinator, principal);
          }
        });
  }

  private static boolean wasRemoved(TransactionView view, String coordinator) {
    byte[] node = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.NODE, coordinator));
    if (node == null
        || view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.COORDINATOR, coordinator)) != null) {
      return false;
    }
    Admitted known = ClusterRows.node(node);
    return known.hasEvictedMillis() && known.getRole().equals(Role.COORDINATOR.word());
  }

  private CompletableFuture<Void> goOnElsewhere() {
    return voters
        .handOver()
        .handle((_, failure) -> {
          if (failure != null) {
            throw notRelieved(self);
          }
          throw new Refusal(
              Refusal.Code.NOT_READY,
              self + " was to be removed and has let another coordinator lead.",
              "Nothing else was done. Send it again, or to the one that leads now.",
              RETRY,
              List.of());
        });
  }

  private static Refusal notRelieved(String coordinator) {
    return new Refusal(
        Refusal.Code.WRONG_STATE,
        coordinator + " leads, and no other coordinator took over in time",
        "Nothing was done. Try again, or stop it first: another one leads then");
  }

  private void remove(TransactionView view, String coordinator) {
    byte[] key = ClusterRows.key(ClusterRows.COORDINATOR, coordinator);
    if (view.get(Table.CLUSTER, key) == null) {
      throw unknown(coordinator);
    }
    if (isFirstOfSeveral(coordinator)) {
      throw new Refusal(
          Refusal.Code.NOT_READY,
          self + " leads again and has to let another coordinator lead first.",
          "Nothing was done. Send it again.",
          RETRY,
          List.of());
    }
    Refusal refusal = Removal.refusal(coordinator, coordinators(view), voters);
    if (refusal != null) {
      throw refusal;
    }
    view.write(ClusterRows.delete(ClusterRows.COORDINATOR, coordinator));
    evict(view, NodeIdentity.coordinator(cluster, coordinator));
  }

  /** Those in the rows, without the ones that a transaction on its way to the disk removes. */
  private Set<String> coordinators(TransactionView view) {
    Set<String> present = coordinators();
    present.removeIf(
        id -> view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.COORDINATOR, id)) == null);
    return present;
  }

  /** Those in the rows. */
  private Set<String> coordinators() {
    Set<String> present = new TreeSet<>();
    ClusterRows.scan(store, ClusterRows.COORDINATOR, (id, _) -> present.add(id));
    return present;
  }

  /**
   * Puts a node out, in a transaction of the caller's, who also audits it.
   *
   * @return whether it was in
   */
  static boolean evict(TransactionView view, NodeIdentity identity) {
    String node = identity.node();
    byte[] value = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.NODE, node));
    Admitted known = value == null ? null : ClusterRows.node(value);
    if (known == null
        || known.hasEvictedMillis()
        || !known.getRole().equals(identity.role().word())) {
      return false;
    }
    Admitted row = known.toBuilder().setEvictedMillis(view.now().toEpochMilli()).build();
    view.write(ClusterRows.put(ClusterRows.NODE, node, row.toByteArray()));
    return true;
  }

  /** New certificates for this coordinator itself; null while it does not know itself. */
  public CertificateRenewal.@Nullable Renewed renewOwn(
      NodeIdentity identity, byte[] request, byte @Nullable [] peerRequest, Roster roster) {
    return switch (renew(identity, request, peerRequest, roster)) {
      case Verdict.Admitted verdict ->
          new CertificateRenewal.Renewed(verdict.chain(), verdict.peerChain());
      case Verdict.Refused(String sentence) -> {
        LOG.info("This coordinator has no new certificates yet: {}", sentence);
        yield null;
      }
    };
  }

  /** New certificates for a node that has proven who it is. */
  Verdict renew(
      NodeIdentity identity, byte[] request, byte @Nullable [] peerRequest, Roster roster) {
    CoordinatorPlace place = roster.coordinator(identity.node());
    if (identity.role() == Role.COORDINATOR && place == null) {
      return new Verdict.Refused("The cluster has no coordinator " + identity.node() + " any more");
    }
    try {
      List<X509Certificate> chain = sign(Purpose.NODES, request, identity, place);
      List<X509Certificate> peerChain =
          peerRequest == null
              ? List.of()
              : sign(Purpose.PEERS, peerRequest, identity, Objects.requireNonNull(place));
      LOG.info("{} has new certificates", identity.shown());
      return new Verdict.Admitted(identity, chain, peerChain);
    } catch (SigningRefusedException e) {
      return new Verdict.Refused(String.valueOf(e.getMessage()));
    }
  }

  /** The authorities, which a coordinator gets when it joins. */
  Authorities authorities() {
    return authorities;
  }
}
