package dev.capstan.server.membership;

import dev.capstan.node.env.StartupRefusal;
import dev.capstan.node.joining.Authorities;
import dev.capstan.node.joining.CoordinatorPlace;
import dev.capstan.node.joining.Founding;
import dev.capstan.node.joining.NodeHome;
import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.pki.SigningRefusedException;
import dev.capstan.security.token.ApiKey;
import java.io.IOException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** Makes a cluster: its authorities, its first coordinator, and its first administrator's key. */
public final class NewCluster {
  /** What the first administrator is called. */
  public static final String ADMINISTRATOR = "admin";

  private NewCluster() {}

  /**
   * Makes a cluster on this machine. Everything is durable when this returns; the coordinator is
   * not started.
   *
   * @param cluster id of the cluster
   * @param first the first coordinator, and where it will be
   * @param partitions into how many the state of the cluster is divided, for ever
   * @return the key of the first administrator, which is stored nowhere
   * @throws StartupRefusal if the directory belongs to a node already
   */
  public static ApiKey create(
      NodeHome home, String cluster, CoordinatorPlace first, int partitions, Instant now)
      throws IOException {
    NodeIdentity present = home.identity();
    if (present != null) {
      throw new StartupRefusal(
          StartupRefusal.Code.DIRECTORY_FOREIGN,
          "The data directory "
              + home.data()
              + " is that of "
              + present.shown()
              + " of cluster "
              + present.cluster(),
          "A new cluster would replace its keys",
          "start it (capstan server), or make the new cluster in another directory (--data)",
          null);
    }
    NodeIdentity identity = NodeIdentity.coordinator(cluster, first.node());
    Authorities interrupted = home.authorities();
    Authorities authorities = interrupted == null ? Authorities.create(cluster, now) : interrupted;
    home.store(authorities);
    home.storePartitions(partitions);
    ApiKey key = ApiKey.fresh(new SecureRandom());
    home.found(new Founding(ADMINISTRATOR, key.id(), key.digest()));
    certify(home, authorities, Purpose.PEERS, identity, first, now);
    certify(home, authorities, Purpose.NODES, identity, first, now);
    return key;
  }

  private static void certify(
      NodeHome home,
      Authorities authorities,
      Purpose purpose,
      NodeIdentity identity,
      CoordinatorPlace place,
      Instant now)
      throws IOException {
    List<X509Certificate> chain;
    try {
      chain =
          authorities.sign(
              purpose,
              home.keys().request(purpose, identity),
              identity,
              Signatory.hosts(place),
              now);
    } catch (SigningRefusedException e) {
      throw new IllegalStateException("a fresh authority does not sign", e);
    }
    home.keys().trust(purpose, List.of(chain.getLast()));
    home.keys().install(purpose, chain);
  }
}
