package dev.capstan.security.pki;

import dev.capstan.security.identity.NodeIdentity;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a node shows of itself: its private key and its certificate with those that signed it, the
 * node's first and the authority's last. {@link #toString} shows no key.
 */
public record Credential(PrivateKey key, List<X509Certificate> chain) {
  /**
   * @throws IllegalArgumentException if there is no certificate
   */
  public Credential {
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("A credential has a certificate");
    }
    chain = List.copyOf(chain);
  }

  /** The node's own certificate. */
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  /** From when to when the node's certificate holds. */
  public Lifetime lifetime() {
    return Lifetime.of(certificate());
  }

  /**
   * Whom it names.
   *
   * @throws CertificateParsingException if the certificate is not of a node
   */
  public NodeIdentity identity() throws CertificateParsingException {
    return NodeIdentity.of(certificate());
  }

  /**
   * Whether the certificate names all these hosts: who looks at host names believes it there.
   *
   * @param hosts names and IP addresses
   */
  public boolean names(List<String> hosts) {
    try {
      return HostNames.areIn(certificate(), hosts);
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "Credential[" + certificate().getSubjectX500Principal() + ", key hidden]";
  }
}
