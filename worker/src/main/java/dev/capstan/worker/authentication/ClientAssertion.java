package dev.capstan.worker.authentication;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.worker.executor.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A JWT by which a client proves who it is (RFC 7523, section 3): HS256 with its secret, RS256 or
 * ES256 with its private key.
 */
final class ClientAssertion {

  static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

  private static final Duration LIFE = Duration.ofMinutes(1);

  /** The curve of ES256. */
  private static final int P256_BITS = 256;

  private static final Pattern PEM =
      Pattern.compile("-----BEGIN PRIVATE KEY-----(.*?)-----END PRIVATE KEY-----", Pattern.DOTALL);

  private ClientAssertion() {}

  /** Refuses a secret that can't sign. */
  static void check(ClientAuthentication method, String secret, Fields client) {
    if (secret.isEmpty()) {
      throw client.wrong("secret", "is empty");
    }
    if (method == ClientAuthentication.PRIVATE_KEY_JWT) {
      try {
        algorithm(privateKey(secret));
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw client.wrong(
            "secret",
            "must be a private key of RSA or of the curve P-256, PKCS #8 in PEM, when"
                + " 'authentication' is private_key_jwt and there is no 'assertion'");
      }
    }
  }

  /** Signs an assertion for one request. */
  static String sign(
      ClientAuthentication method, String clientId, String secret, String audience, Instant now) {
    try {
      if (method == ClientAuthentication.PRIVATE_KEY_JWT) {
        PrivateKey key = privateKey(secret);
        String content = content(algorithm(key), clientId, audience, now);
        return content + "." + encode(signature(key, content));
      }
      String content = content("HS256", clientId, audience, now);
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return content + "." + encode(mac.doFinal(content.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a key that was usable is no more", e);
    }
  }

  private static String content(String algorithm, String clientId, String audience, Instant now) {
    ObjectNode header = Json.object().put("alg", algorithm).put("typ", "JWT");
    ObjectNode claims =
        Json.object()
            .put("iss", clientId)
            .put("sub", clientId)
            .put("aud", audience)
            .put("jti", UUID.randomUUID().toString())
            .put("iat", now.getEpochSecond())
            .put("exp", now.plus(LIFE).getEpochSecond());
    return encode(Json.write(header)) + "." + encode(Json.write(claims));
  }

  private static byte[] signature(PrivateKey key, String content) throws GeneralSecurityException {
    Signature signature =
        Signature.getInstance(
            key instanceof ECPrivateKey ? "SHA256withECDSAinP1363Format" : "SHA256withRSA");
    signature.initSign(key);
    signature.update(content.getBytes(StandardCharsets.US_ASCII));
    return signature.sign();
  }

  private static String algorithm(PrivateKey key) throws GeneralSecurityException {
    if (key instanceof ECPrivateKey curve) {
      if (curve.getParams().getCurve().getField().getFieldSize() != P256_BITS) {
        throw new GeneralSecurityException("another curve");
      }
      return "ES256";
    }
    return "RS256";
  }

  private static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    var matcher = PEM.matcher(pem);
    if (!matcher.find()) {
      throw new GeneralSecurityException("not a private key in PEM");
    }
    PKCS8EncodedKeySpec key =
        new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(matcher.group(1)));
    try {
      return KeyFactory.getInstance("RSA").generatePrivate(key);
    } catch (GeneralSecurityException notRsa) {
      return KeyFactory.getInstance("EC").generatePrivate(key);
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
