package dev.capstan.security.pki;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Keys and certificates as text (RFC 7468). A key pair is two blocks, so both halves are there. */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z ]+)-----([^-]*)-----END \\1-----");
  private static final String PRIVATE = "PRIVATE KEY";
  private static final String PUBLIC = "PUBLIC KEY";
  private static final String CERTIFICATE = "CERTIFICATE";
  private static final int LINE = 64;

  private Pem() {}

  static String of(KeyPair key) {
    return block(PRIVATE, key.getPrivate().getEncoded())
        + block(PUBLIC, key.getPublic().getEncoded());
  }

  static String of(List<X509Certificate> certificates) {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      try {
        text.append(block(CERTIFICATE, certificate.getEncoded()));
      } catch (CertificateEncodingException e) {
        throw new IllegalArgumentException("A certificate without an encoding", e);
      }
    }
    return text.toString();
  }

  private static String block(String label, byte[] content) {
    Base64.Encoder lines = Base64.getMimeEncoder(LINE, new byte[] {'\n'});
    return "-----BEGIN "
        + label
        + "-----\n"
        + lines.encodeToString(content)
        + "\n-----END "
        + label
        + "-----\n";
  }

  /** The key pair in a text; null when a half of it is missing. */
  static @Nullable KeyPair keyPair(String text) throws GeneralSecurityException {
    List<byte[]> privates = blocks(text, PRIVATE);
    List<byte[]> publics = blocks(text, PUBLIC);
    if (privates.size() != 1 || publics.size() != 1) {
      return null;
    }
    KeyFactory keys = KeyFactory.getInstance("EC");
    KeyPair pair =
        new KeyPair(
            keys.generatePublic(new X509EncodedKeySpec(publics.getFirst())),
            keys.generatePrivate(new PKCS8EncodedKeySpec(privates.getFirst())));
    EllipticKeys.requireMatch(pair);
    return pair;
  }

  /** All certificates in a text, in order. */
  static List<X509Certificate> certificates(String text) throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (byte[] block : blocks(text, CERTIFICATE)) {
      certificates.add(
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block)));
    }
    return certificates;
  }

  private static List<byte[]> blocks(String text, String label) {
    List<byte[]> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      if (matcher.group(1).equals(label)) {
        blocks.add(
            Base64.getMimeDecoder().decode(matcher.group(2).getBytes(StandardCharsets.US_ASCII)));
      }
    }
    return blocks;
  }
}
