package dev.capstan.security.pki;

import dev.capstan.security.identity.NodeIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * Asks an authority to sign a key, and proves to have its private half (PKCS#10). What else such a
 * request may ask for is not looked at: an authority knows better whom it talks to.
 */
public final class SigningRequest {
  /** No request of a P-256 key is nearly as large; larger ones are not parsed. */
  public static final int LARGEST_BYTES = 8 << 10;

  private static final Set<ASN1ObjectIdentifier> SIGNATURES =
      Set.of(
          X9ObjectIdentifiers.ecdsa_with_SHA256,
          X9ObjectIdentifiers.ecdsa_with_SHA384,
          X9ObjectIdentifiers.ecdsa_with_SHA512);

  private SigningRequest() {}

  /** A request for this key, DER. The identity is in it for people who look at it. */
  public static byte[] of(KeyPair key, NodeIdentity identity) {
    X500NameBuilder subject = new X500NameBuilder().addRDN(BCStyle.CN, Subjects.short64(identity));
    try {
      return new JcaPKCS10CertificationRequestBuilder(subject.build(), key.getPublic())
          .build(new JcaContentSignerBuilder(EllipticKeys.SIGNATURE).build(key.getPrivate()))
          .getEncoded();
    } catch (OperatorCreationException e) {
      throw new IllegalArgumentException("Can't sign with this key", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The key of a request that proves to have it.
   *
   * @throws SigningRefusedException if it doesn't, or the key is not one that we sign
   */
  public static PublicKey provenKey(byte[] request) throws SigningRefusedException {
    if (request.length > LARGEST_BYTES) {
      throw new SigningRefusedException(
          "A certificate request has at most 8 KiB, not " + request.length + " bytes");
    }
    try {
      JcaPKCS10CertificationRequest parsed = new JcaPKCS10CertificationRequest(request);
      PublicKey key = parsed.getPublicKey();
      requireP256(key);
      if (!SIGNATURES.contains(parsed.getSignatureAlgorithm().getAlgorithm())
          || !parsed.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        throw new SigningRefusedException(
            "The certificate request is not signed with the private half of its key");
      }
      return key;
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | RuntimeException e) {
      throw new SigningRefusedException(
          "This is no certificate request (PKCS#10, DER) for a P-256 key", e);
    }
  }

  static void requireP256(PublicKey key) throws SigningRefusedException {
    if (!EllipticKeys.isP256(key)) {
      throw new SigningRefusedException(
          "Only ECDSA keys on the curve P-256 are signed, and this key is another: "
              + key.getAlgorithm());
    }
  }
}
