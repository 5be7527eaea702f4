package dev.capstan.security.tls;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.pki.Lifetime;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a certificate was signed by an authority, holds now, and may be used by this end. What it
 * says is only read once its signature has been verified.
 */
final class CertificateCheck {
  private static final int LONGEST_SHOWN = 200;

  private CertificateCheck() {}

  /**
   * Whom a node's certificate names.
   *
   * @param roots the authorities, one of which must have signed the certificate itself
   * @throws RefusedPeerException with the reason, if it is not to be believed
   */
  static NodeIdentity check(
      X509Certificate certificate, List<X509Certificate> roots, Side side, Instant now)
      throws RefusedPeerException {
    X509Certificate root = signer(certificate, roots);
    if (root == null) {
      throw new RefusedPeerException(
          Reason.UNKNOWN_AUTHORITY,
          "The certificate of "
              + shown(certificate)
              + " was signed by "
              + plain(certificate.getIssuerX500Principal().getName())
              + ", which is none of the "
              + roots.size()
              + " authorities that this node believes: it is of another cluster or for another"
              + " purpose, or its authority was replaced");
    }
    NodeIdentity identity = identity(certificate);
    inTime(certificate, identity, now);
    wellFormed(certificate, root, now);
    mayBe(side, certificate, identity);
    return identity;
  }

  private static @Nullable X509Certificate signer(
      X509Certificate certificate, List<X509Certificate> roots) {
    for (X509Certificate root : roots) {
      if (isSignedBy(certificate, root)) {
        return root;
      }
    }
    return null;
  }

  static boolean isSignedBy(X509Certificate certificate, X509Certificate root) {
    if (!certificate.getIssuerX500Principal().equals(root.getSubjectX500Principal())) {
      return false;
    }
    try {
      certificate.verify(root.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static NodeIdentity identity(X509Certificate certificate) throws RefusedPeerException {
    try {
      return NodeIdentity.of(certificate);
    } catch (CertificateParsingException e) {
      throw new RefusedPeerException(Reason.MALFORMED, String.valueOf(e.getMessage()), e);
    }
  }

  /** Both times are told: most often it is a clock that is wrong. */
  private static void inTime(X509Certificate certificate, NodeIdentity identity, Instant now)
      throws RefusedPeerException {
    Lifetime lifetime = Lifetime.of(certificate);
    if (lifetime.isOver(now)) {
      throw new RefusedPeerException(
          Reason.EXPIRED,
          "The certificate of "
              + identity.shown()
              + " expired at "
              + lifetime.until()
              + " while the clock here says "
              + now
              + "; renew it, or set the clock");
    }
    if (now.isBefore(lifetime.from())) {
      throw new RefusedPeerException(
          Reason.NOT_YET_VALID,
          "The certificate of "
              + identity.shown()
              + " holds from "
              + lifetime.from()
              + " on while the clock here says "
              + now
              + "; one of the two clocks is wrong");
    }
  }

  /** What RFC 5280 asks for beyond that, such as no unknown critical extensions. */
  private static void wellFormed(X509Certificate certificate, X509Certificate root, Instant now)
      throws RefusedPeerException {
    try {
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate)),
              parameters);
    } catch (GeneralSecurityException e) {
      throw new RefusedPeerException(
          Reason.MALFORMED,
          "The certificate of " + shown(certificate) + " is not as it should be: " + e.getMessage(),
          e);
    }
    if (certificate.getBasicConstraints() >= 0) {
      throw new RefusedPeerException(
          Reason.MALFORMED,
          "The certificate of " + shown(certificate) + " is an authority's, and no node is one");
    }
  }

  private static void mayBe(Side side, X509Certificate certificate, NodeIdentity identity)
      throws RefusedPeerException {
    if (!usages(certificate).contains(side.usage())) {
      throw new RefusedPeerException(
          Reason.WRONG_USE,
          "The certificate of "
              + identity.shown()
              + " does not allow it to be the "
              + side.word()
              + " of a connection");
    }
  }

  private static List<String> usages(X509Certificate certificate) throws RefusedPeerException {
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      return usages == null ? List.of() : usages;
    } catch (CertificateParsingException e) {
      throw new RefusedPeerException(
          Reason.MALFORMED, "The certificate's key usage can't be read", e);
    }
  }

  /** Its subject, which may be anything that anybody has written. */
  static String shown(X509Certificate certificate) {
    return plain(certificate.getSubjectX500Principal().getName());
  }

  private static String plain(String text) {
    String line = text.replaceAll("[^\\x20-\\x7e]", "?");
    return line.substring(0, Math.min(line.length(), LONGEST_SHOWN));
  }
}
