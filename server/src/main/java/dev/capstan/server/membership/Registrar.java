package dev.capstan.server.membership;

import dev.capstan.node.env.Clock;
import dev.capstan.node.joining.Authorities;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets nodes into the cluster: invites them, and judges those that want to join. Each change is a
 * transaction with its audit entry. Only where this coordinator leads; elsewhere every change is
 * refused. Safe for any thread.
 */
public final class Registrar {
  private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);
  private static final String ANY = "any";

  /** Equal attempts to join that are refused count once in so long a time. */
  private static final Duration AUDITED_AGAIN_AFTER = Duration.ofMinutes(1);

  /** Attempts with a token's secret that are refused are audited at most so often in that time. */
  private static final int MOST_AUDITED = 60;

  /** And those of whoever has none: by address. */
  private static final int MOST_STRANGERS_AUDITED = 20;

  private final String cluster;
  private final PartitionRequests partition;
  private final Store store;
  private final Clock clock;
  private final Signatory signatory;
  private final Coordinators coordinators;
  private final Throttle strangers;
  private final Throttle refusals;
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
    this.cluster = cluster;
    this.partition = partition;
    this.store = store;
    this.clock = clock;
    this.signatory = new Signatory(authorities, clock);
    this.coordinators = new Coordinators(cluster, self, partition, store, voters);
    this.strangers = new Throttle(AUDITED_AGAIN_AFTER, MOST_STRANGERS_AUDITED, clock::nanos);
    this.refusals = new Throttle(AUDITED_AGAIN_AFTER, MOST_AUDITED, clock::nanos);
  }

  /**
   * Makes a join token; completes when its grant is durable.
   *
   * @param node the only node that may use it; null for any
   * @throws Refusal if the life is too long, or no node can be called so; in the future, if the
   *     cluster has or had a node of this name, as nobody could use the token
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
    JoinToken token = JoinToken.fresh(random, signatory.authorities().pin());
    return partition.transact(view -> {
      requireFree(view, node);
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

  private static void requireFree(TransactionView view, @Nullable String node) {
    JoinRules.Taken taken = node == null ? null : rules(view).taken(node);
    if (taken != null) {
      throw new Refusal(
          Refusal.Code.WRONG_STATE,
          taken.what() + ", so nobody could join with this token",
          "Choose another name" + taken.otherwise());
    }
  }

  /** The cluster's API keys. */
  public KeyDesk keys() {
    return new ApiKeys(partition, store, random);
  }

  /** The cluster's coordinators. */
  public Coordinators coordinators() {
    return coordinators;
  }

  /** Who signs for those that are let in. */
  public Signatory signatory() {
    return signatory;
  }

  /** A join token and until when it can be used. */
  public record Invitation(JoinToken token, Instant expiresAt) {}

  /** Lets a machine in if its token is good; completes when that is durable. */
  CompletableFuture<Verdict> join(Application application) {
    JoinRules rules = new JoinRules(key -> store.get(Table.CLUSTER, key), now());
    NodeIdentity identity;
    RequestedKeys keys;
    Signatory.Signed signed;
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
              ? Signatory.Signed.NOTHING
              : signatory.sign(application, identity);
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

  private static CompletableFuture<Verdict> refused(String sentence) {
    return CompletableFuture.completedFuture(new Verdict.Refused(sentence));
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.wallMillis());
  }

  private Verdict admit(
      TransactionView view,
      Application application,
      NodeIdentity identity,
      RequestedKeys keys,
      Signatory.Signed signed) {
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
        Members.enter(view, identity, application.place());
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
  private static Verdict admitted(NodeIdentity identity, Signatory.Signed signed) {
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
}
