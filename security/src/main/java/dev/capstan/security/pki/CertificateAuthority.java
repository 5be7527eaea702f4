package dev.capstan.security.pki;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.jspecify.annotations.Nullable;

/**
 * Signs the certificates of one cluster for one purpose. A cluster has two: with one for
 * everything, any worker's certificate would open the consensus port.
 *
 * <p>Whoever has its key can make himself any node of the cluster. The key is on the disk of each
 * coordinator that signs, in a file that only its owner may read. Safe for use by several threads.
 */
public final class CertificateAuthority {
  /** How long an authority holds. Nothing that it signs holds longer. */
  public static final Duration LIFETIME = Duration.ofDays(3652);

  private static final String FILE = "-ca.pem";

  private final Purpose purpose;
  private final String cluster;
  private final KeyPair key;
  private final X509Certificate certificate;

  private CertificateAuthority(
      Purpose purpose, String cluster, KeyPair key, X509Certificate certificate) {
    this.purpose = purpose;
    this.cluster = cluster;
    this.key = key;
    this.certificate = certificate;
  }

  /**
   * A new authority, in memory only; {@link #store} keeps it.
   *
   * @throws IllegalArgumentException if the cluster's id can't be one
   */
  public static CertificateAuthority create(Purpose purpose, String cluster, Instant now) {
    NodeIdentity.coordinator(cluster, "any");
    KeyPair key = EllipticKeys.fresh();
    X509Certificate certificate = CertificateWriter.authority(purpose, cluster, key, now);
    return new CertificateAuthority(purpose, cluster, key, certificate);
  }

  /**
   * The authority that was stored in this directory; null when none was.
   *
   * @throws UnusableFileException if others may read it, or it is damaged or not for this purpose
   */
  public static @Nullable CertificateAuthority load(Path directory, Purpose purpose)
      throws IOException {
    SecretFiles files = SecretFiles.in(directory);
    String name = purpose.word() + FILE;
    String text = files.read(name);
    if (text == null) {
      return null;
    }
    try {
      return parse(purpose, text);
    } catch (IllegalArgumentException e) {
      throw new UnusableFileException(
          files.path(name), e.getMessage() + "; restore it from a backup", e);
    }
  }

  /**
   * The authority with this text, which another coordinator of the cluster has sent.
   *
   * @throws IllegalArgumentException if it is damaged or not for this purpose
   */
  public static CertificateAuthority parse(Purpose purpose, String text) {
    KeyPair key;
    List<X509Certificate> certificates;
    try {
      key = Pem.keyPair(text);
      certificates = Pem.certificates(text);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IllegalArgumentException("is damaged: " + e.getMessage(), e);
    }
    if (key == null || certificates.size() != 1) {
      throw new IllegalArgumentException(
          "should hold a private key, its public key and one certificate");
    }
    X509Certificate certificate = certificates.getFirst();
    X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    String cluster = Subjects.cluster(subject);
    if (cluster == null
        || !purpose.word().equals(Subjects.purpose(subject))
        || !certificate.getPublicKey().equals(key.getPublic())) {
      throw new IllegalArgumentException(
          "is not the certificate authority for " + purpose.word() + " with its own key");
    }
    return new CertificateAuthority(purpose, cluster, key, certificate);
  }

  /**
   * Key and certificate: for another coordinator of the cluster, over a connection whose other end
   * has been checked, and for nobody else.
   */
  public String text() {
    return Pem.of(key) + Pem.of(List.of(certificate));
  }

  /**
   * Keeps it in a directory, which is made for its owner alone. Durable when this returns.
   *
   * @throws UnusableFileException if another authority for this purpose is there: everything that
   *     it signed would be worthless
   */
  public void store(Path directory) throws IOException {
    CertificateAuthority present = load(directory, purpose);
    SecretFiles files = SecretFiles.in(directory);
    String name = purpose.word() + FILE;
    if (present != null && !present.pin().equals(pin())) {
      throw new UnusableFileException(
          files.path(name),
          "holds another certificate authority; move it away if it is really to be replaced");
    }
    files.write(name, text());
  }

  /**
   * Signs the key of a request (PKCS#10, DER) that proves to have it. What the request asks for
   * beyond that is ignored.
   *
   * @return the node's certificate and this authority's
   * @throws SigningRefusedException if the proof or the key is bad, or the order is not for this
   *     authority
   */
  public List<X509Certificate> sign(byte[] request, CertificateOrder order)
      throws SigningRefusedException {
    return sign(SigningRequest.provenKey(request), order);
  }

  /**
   * Signs a key whose owner is known: one that was made in this process.
   *
   * @return the node's certificate and this authority's
   * @throws SigningRefusedException if the key is not on P-256, or the order is not for this
   *     authority
   */
  public List<X509Certificate> sign(PublicKey subject, CertificateOrder order)
      throws SigningRefusedException {
    SigningRequest.requireP256(subject);
    requireOurs(order);
    return List.of(CertificateWriter.node(key, certificate, subject, order), certificate);
  }

  private void requireOurs(CertificateOrder order) throws SigningRefusedException {
    NodeIdentity identity = order.identity();
    if (!identity.cluster().equals(cluster)) {
      throw new SigningRefusedException(
          "This is the authority of cluster " + cluster + ", not of " + identity.cluster());
    }
    if (purpose == Purpose.PEERS && identity.role() != Role.COORDINATOR) {
      throw new SigningRefusedException(
          "The authority for consensus signs for coordinators only, not for " + identity.shown());
    }
    if (Lifetime.of(certificate).isOver(order.now())) {
      throw new SigningRefusedException(
          "The certificate authority expired at "
              + Lifetime.of(certificate).until()
              + "; the cluster needs a new one");
    }
  }

  /** What it signs. */
  public Purpose purpose() {
    return purpose;
  }

  /** For which cluster. */
  public String cluster() {
    return cluster;
  }

  /** What others need to believe what it signed. Not secret. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** Names its key in join tokens. */
  public Pin pin() {
    return Pin.of(key.getPublic());
  }

  @Override
  public String toString() {
    return "CertificateAuthority[" + purpose.word() + " of " + cluster + ", key hidden]";
  }
}
