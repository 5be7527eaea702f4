package dev.capstan.node.joining;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.Purpose;
import dev.capstan.security.pki.SigningRefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two authorities of a cluster: every coordinator has them, so that whichever leads can sign.
 *
 * @param nodes for everything between clients, workers and coordinators
 * @param peers for consensus
 */
public record Authorities(CertificateAuthority nodes, CertificateAuthority peers) {

  /** New ones, in memory only. */
  public static Authorities create(String cluster, Instant now) {
    return new Authorities(
        CertificateAuthority.create(Purpose.NODES, cluster, now),
        CertificateAuthority.create(Purpose.PEERS, cluster, now));
  }

  /**
   * Those that were stored in a directory; null when none were.
   *
   * @throws dev.capstan.security.pki.UnusableFileException if a file is damaged, or open to others
   */
  public static @Nullable Authorities load(Path directory) throws IOException {
    CertificateAuthority nodes = CertificateAuthority.load(directory, Purpose.NODES);
    CertificateAuthority peers = CertificateAuthority.load(directory, Purpose.PEERS);
    return nodes == null || peers == null ? null : new Authorities(nodes, peers);
  }

  /** Keeps them in a directory; durable when this returns. */
  public void store(Path directory) throws IOException {
    nodes.store(directory);
    peers.store(directory);
  }

  /** Names the authority for nodes in join tokens. */
  public Pin pin() {
    return nodes.pin();
  }

  /**
   * Signs the key of a request for what the cluster knows of a node.
   *
   * @param hosts where it serves; none for a worker
   */
  public List<X509Certificate> sign(
      Purpose purpose, byte[] request, NodeIdentity identity, List<String> hosts, Instant now)
      throws SigningRefusedException {
    CertificateAuthority authority =
        switch (purpose) {
          case NODES -> nodes;
          case PEERS -> peers;
        };
    CertificateOrder order =
        identity.role() == Role.WORKER
            ? CertificateOrder.worker(identity, now)
            : CertificateOrder.coordinator(identity, hosts, now);
    return authority.sign(request, order);
  }
}
