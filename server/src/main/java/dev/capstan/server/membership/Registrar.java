package dev.capstan.server.membership;

import dev.capstan.api.storage.v1.Admitted;
import dev.capstan.api.storage.v1.ApiKey;
import dev.capstan.api.storage.v1.Coordinator;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.pki.SigningRefusedException;
import dev.capstan.security.token.JoinGrant;
import dev.capstan.security.token.JoinToken;
import dev.capstan.security.token.SecretDigest;
import dev.capstan.server.env.Clock;
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

  private final String cluster;
  private final Authorities authorities;
  private final PartitionRequests partition;
  private final Store store;
  private final Clock clock;
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
    JoinToken token = JoinToken.fresh(random, authorities.pin());
    return partition.transact(view -> {
      JoinGrant grant = JoinGrant.of(token, role, node, view.now(), life);
      view.write(
          ClusterRows.put(
              ClusterRows.GRANT, grant.id(), row(grant, principal, null).toByteArray()));
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

  /** A join token and until when it can be used. */
  public record Invitation(JoinToken token, Instant expiresAt) {}

  /** Lets a machine in if its token is good; completes when that is durable. */
  CompletableFuture<Verdict> join(Application application) {
    byte[] known =
        store.get(Table.CLUSTER, ClusterRows.key(ClusterRows.GRANT, application.token()));
    if (known == null) {
      // Not worth an entry of the log: anybody can make up any number of ids.
      LOG.warn(
          "{} tried to join from {} with a token that nobody made",
          application.node(),
          application.from());
      return refused(JoinGrant.Reason.UNKNOWN_SECRET.sentence());
    }
    NodeIdentity identity;
    List<X509Certificate> chain;
    List<X509Certificate> peerChain;
    try {
      identity = new NodeIdentity(cluster, application.node(), application.role());
      if (!grant(ClusterRows.grant(known)).secret().matches(application.secret())) {
        chain = List.of();
        peerChain = List.of();
      } else {
        chain = sign(Purpose.NODES, application.request(), identity, application.place());
        byte[] peerRequest = application.peerRequest();
        peerChain =
            peerRequest == null
                ? List.of()
                : sign(Purpose.PEERS, peerRequest, identity, application.place());
      }
    } catch (IllegalArgumentException | SigningRefusedException e) {
      return refused(String.valueOf(e.getMessage()));
    }
    return partition.transact(view -> admit(view, application, identity, chain, peerChain));
  }

  private static CompletableFuture<Verdict> refused(String sentence) {
    return CompletableFuture.completedFuture(new Verdict.Refused(sentence));
  }

  private List<X509Certificate> sign(
      Purpose purpose, byte[] request, NodeIdentity identity, @Nullable CoordinatorPlace place)
      throws SigningRefusedException {
    Instant now = Instant.ofEpochMilli(clock.wallMillis());
    return authorities.sign(purpose, request, identity, hosts(place), now);
  }

  static List<String> hosts(@Nullable CoordinatorPlace place) {
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
      List<X509Certificate> chain,
      List<X509Certificate> peerChain) {
    byte[] value = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.GRANT, application.token()));
    if (value == null) {
      return new Verdict.Refused(JoinGrant.Reason.UNKNOWN_SECRET.sentence());
    }
    var row = ClusterRows.grant(value);
    JoinGrant grant = grant(row);
    if (isRepeated(row, application, chain)) {
      return new Verdict.Admitted(identity, chain, peerChain);
    }
    String taken = taken(view, identity);
    if (taken != null && grant.secret().matches(application.secret())) {
      return refuse(view, application, taken);
    }
    return switch (grant.spend(
        application.secret(), application.role(), application.node(), view.now())) {
      case JoinGrant.Spending.Refused(JoinGrant after, JoinGrant.Reason reason) -> {
        if (!after.equals(grant)) {
          view.write(
              ClusterRows.put(
                  ClusterRows.GRANT,
                  after.id(),
                  row(after, row.getCreatedBy(), null).toByteArray()));
        }
        yield refuse(view, application, reason.sentence());
      }
      case JoinGrant.Spending.Spent(JoinGrant after) -> {
        Pin key = Pin.of(chain.getFirst().getPublicKey());
        view.write(
            ClusterRows.put(
                ClusterRows.GRANT, after.id(), row(after, row.getCreatedBy(), key).toByteArray()));
        enter(view, identity, application.place());
        view.audit(
            "node:" + identity.node(),
            "cluster.join",
            identity.node(),
            "ok",
            identity.role().word() + " from " + application.from() + " with token " + after.id());
        yield new Verdict.Admitted(identity, chain, peerChain);
      }
    };
  }

  /** Whether the same node asks again with the same key, since the answer was lost. */
  private static boolean isRepeated(
      dev.capstan.api.storage.v1.JoinGrant row,
      Application application,
      List<X509Certificate> chain) {
    return !chain.isEmpty()
        && row.hasUsedKey()
        && row.getUsedBy().equals(application.node())
        && row.getUsedKey().equals(Pin.of(chain.getFirst().getPublicKey()).hex());
  }

  private static @Nullable String taken(TransactionView view, NodeIdentity identity) {
    byte[] value = view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.NODE, identity.node()));
    if (value == null) {
      return null;
    }
    Admitted known = ClusterRows.node(value);
    String remove =
        known.getRole().equals(Role.COORDINATOR.word())
            ? "capstan cluster remove"
            : "capstan nodes remove";
    return known.hasEvictedMillis()
        ? "The name "
            + identity.node()
            + " was put out of the cluster at "
            + Instant.ofEpochMilli(known.getEvictedMillis())
            + " and is not used again: choose another one with --name"
        : "The cluster has a node "
            + identity.node()
            + " already: choose another name with --name; if this is the same machine without its old data,"
            + " put the old one out ("
            + remove
            + " "
            + identity.node()
            + ") and choose a new name";
  }

  private static Verdict refuse(TransactionView view, Application application, String sentence) {
    view.audit(
        "node:" + application.node(),
        "cluster.join",
        application.node(),
        "refused",
        "from " + application.from() + " with token " + application.token() + ": " + sentence);
    return new Verdict.Refused(sentence);
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
      if (present == null || isAt(ClusterRows.coordinator(present), place)) {
        return false;
      }
      write(view, place);
      view.audit("node:" + place.node(), "cluster.move", place.node(), "ok", "to " + place.grpc());
      return true;
    });
  }

  private static boolean isAt(Coordinator row, CoordinatorPlace place) {
    return row.getGrpc().equals(place.grpc().toString())
        && row.getHttp().equals(place.http().toString())
        && row.getPeer().equals(place.peer().toString());
  }

  /**
   * Puts a coordinator out; completes when that is durable. Its replicas leave the groups after
   * that. One that leads hands over first and refuses as not ready, so that the request goes on to
   * its successor: whoever applies the row talks to it no more, so it could not hand over then.
   *
   * @throws Refusal in the future, if what would remain could not decide anything
   */
  public CompletableFuture<Void> dismiss(String coordinator, String principal) {
    if (coordinator.equals(self) && voters.members().size() > 1) {
      Refusal refusal = Removal.refusal(coordinator, voters.members(), voters);
      return refusal != null ? CompletableFuture.failedFuture(refusal) : goOnElsewhere();
    }
    return partition
        .transact(view -> {
          remove(view, coordinator);
          view.audit(principal, "cluster.remove", coordinator, "ok", null);
          return coordinator;
        })
        .thenAccept(id -> LOG.info("Coordinator {} was put out by {}", id, principal));
  }

  private CompletableFuture<Void> goOnElsewhere() {
    return voters
        .handOver()
        .handle((_, failure) -> {
          if (failure != null) {
            throw new Refusal(
                Refusal.Code.WRONG_STATE,
                self + " leads, and no other coordinator took over in time",
                "Nothing was done. Try again, or stop it first: another one leads then");
          }
          throw new Refusal(
              Refusal.Code.NOT_READY,
              self + " was to be removed and has let another coordinator lead.",
              "Nothing else was done. Send it again, or to the one that leads now.",
              RETRY,
              List.of());
        });
  }

  private void remove(TransactionView view, String coordinator) {
    byte[] key = ClusterRows.key(ClusterRows.COORDINATOR, coordinator);
    if (view.get(Table.CLUSTER, key) == null) {
      throw new Refusal(
          Refusal.Code.NOT_FOUND,
          "There is no coordinator " + coordinator,
          "capstan cluster status lists them");
    }
    if (coordinator.equals(self) && voters.members().size() > 1) {
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
    Set<String> present = new TreeSet<>();
    ClusterRows.scan(
        store,
        ClusterRows.COORDINATOR,
        (id, _) -> {
          if (view.get(Table.CLUSTER, ClusterRows.key(ClusterRows.COORDINATOR, id)) != null) {
            present.add(id);
          }
        });
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

  private static JoinGrant grant(dev.capstan.api.storage.v1.JoinGrant row) {
    return new JoinGrant(
        row.getId(),
        new SecretDigest(row.getSecretDigest()),
        Role.ofWord(row.getRole()),
        row.hasNode() ? row.getNode() : null,
        Instant.ofEpochMilli(row.getExpiresMillis()),
        row.hasUsedBy() ? row.getUsedBy() : null,
        row.getWrongGuesses());
  }

  private static dev.capstan.api.storage.v1.JoinGrant row(
      JoinGrant grant, String creator, @Nullable Pin key) {
    var row =
        dev.capstan.api.storage.v1.JoinGrant.newBuilder()
            .setId(grant.id())
            .setSecretDigest(grant.secret().hex())
            .setRole(grant.role().word())
            .setExpiresMillis(grant.expiresAt().toEpochMilli())
            .setWrongGuesses(grant.wrongGuesses())
            .setCreatedBy(creator);
    String node = grant.node();
    if (node != null) {
      row.setNode(node);
    }
    String usedBy = grant.usedBy();
    if (usedBy != null) {
      row.setUsedBy(usedBy);
    }
    if (key != null) {
      row.setUsedKey(key.hex());
    }
    return row.build();
  }
}
