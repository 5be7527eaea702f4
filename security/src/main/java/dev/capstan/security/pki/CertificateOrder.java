package dev.capstan.security.pki;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What an authority is to write into a certificate: what the cluster knows of a node, and nothing
 * that the node says of itself.
 *
 * @param identity whom it names
 * @param hosts host names and IP addresses at which a coordinator serves, for browsers and others
 *     who look at those; none for a worker, which serves nobody
 * @param lifetime how long it holds from now on; at most {@link #LONGEST}
 * @param now the time of signing
 */
public record CertificateOrder(
    NodeIdentity identity, List<String> hosts, Duration lifetime, Instant now) {
  /** The usual life of a worker's certificate. */
  public static final Duration WORKER_LIFETIME = Duration.ofHours(24);

  /** The usual life of a coordinator's certificate. */
  public static final Duration COORDINATOR_LIFETIME = Duration.ofDays(7);

  /** Nobody is signed for longer: short lives take the place of revocation lists. */
  public static final Duration LONGEST = Duration.ofDays(90);

  /**
   * @throws IllegalArgumentException if a lifetime or a host can't be, or a worker has hosts
   */
  public CertificateOrder {
    hosts = List.copyOf(hosts);
    if (!lifetime.isPositive() || lifetime.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "A certificate holds for at most 90 days and longer than none, not " + lifetime);
    }
    if (identity.role() == Role.WORKER && !hosts.isEmpty()) {
      throw new IllegalArgumentException(
          "A worker serves nobody, so its certificate has no host names");
    }
    hosts.forEach(HostNames::require);
  }

  /** Whether a certificate can name this host: a host name or an IP address, and no more. */
  public static boolean canName(String host) {
    return HostNames.isHost(host);
  }

  /** For a coordinator that serves at these hosts, with the usual life. */
  public static CertificateOrder coordinator(
      NodeIdentity identity, List<String> hosts, Instant now) {
    return new CertificateOrder(identity, hosts, COORDINATOR_LIFETIME, now);
  }

  /** For a worker, with the usual life. */
  public static CertificateOrder worker(NodeIdentity identity, Instant now) {
    return new CertificateOrder(identity, List.of(), WORKER_LIFETIME, now);
  }
}
