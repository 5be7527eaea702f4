package dev.capstan.security.tls;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.pki.CertificateAuthority;
import dev.capstan.security.pki.CertificateOrder;
import dev.capstan.security.pki.Credential;
import dev.capstan.security.pki.Purpose;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A cluster's authority, whose clock stands still, and what its nodes show. */
final class TestCluster {
  static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");

  final CertificateAuthority authority;
  final List<RefusedPeerException> refused = new CopyOnWriteArrayList<>();
  private final String name;

  TestCluster(String name) {
    this.name = name;
    this.authority = CertificateAuthority.create(Purpose.NODES, name, NOW);
  }

  List<X509Certificate> roots() {
    return List.of(authority.certificate());
  }

  Credential worker(String node) throws Exception {
    return credential(CertificateOrder.worker(NodeIdentity.worker(name, node), NOW));
  }

  Credential coordinator(String node) throws Exception {
    return credential(
        CertificateOrder.coordinator(NodeIdentity.coordinator(name, node), List.of(), NOW));
  }

  private Credential credential(CertificateOrder order) throws Exception {
    KeyPair key = key();
    return new Credential(key.getPrivate(), authority.sign(key.getPublic(), order));
  }

  static KeyPair key() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** Trust in the nodes of this cluster that remembers whom it refused. */
  NodeTrust.Builder trust() {
    return NodeTrust.of(name, roots()).clock(InstantSource.fixed(NOW)).refusals(refused::add);
  }

  PinnedTrust pinned() {
    return new PinnedTrust(authority.pin(), InstantSource.fixed(NOW));
  }
}
