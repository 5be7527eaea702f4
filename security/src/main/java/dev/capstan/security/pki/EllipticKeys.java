package dev.capstan.security.pki;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;

/** The one kind of key that nodes and authorities have: ECDSA on the curve P-256. */
final class EllipticKeys {
  static final String SIGNATURE = "SHA256withECDSA";
  private static final String CURVE = "secp256r1";
  private static final ECParameterSpec P256 = p256();

  private EllipticKeys() {}

  private static ECParameterSpec p256() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(CURVE));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has the curve P-256", e);
    }
  }

  static KeyPair fresh() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(CURVE));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java has the curve P-256", e);
    }
  }

  static boolean isP256(PublicKey key) {
    if (!(key instanceof ECPublicKey elliptic)) {
      return false;
    }
    ECParameterSpec curve = elliptic.getParams();
    return curve != null
        && curve.getCurve().equals(P256.getCurve())
        && curve.getGenerator().equals(P256.getGenerator())
        && curve.getOrder().equals(P256.getOrder());
  }

  /** Signs with one half and verifies with the other. */
  static void requireMatch(KeyPair pair) throws GeneralSecurityException {
    byte[] probe = pair.getPublic().getEncoded();
    Signature signer = Signature.getInstance(SIGNATURE);
    signer.initSign(pair.getPrivate());
    signer.update(probe);
    byte[] signature = signer.sign();
    signer.initVerify(pair.getPublic());
    signer.update(probe);
    if (!signer.verify(signature)) {
      throw new InvalidKeyException("the private key and the public key are not of one pair");
    }
  }
}
