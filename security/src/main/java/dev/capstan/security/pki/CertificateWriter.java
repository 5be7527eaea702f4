package dev.capstan.security.pki;

import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Writes certificates: every field in them is from here (RFC 5280). */
final class CertificateWriter {
  /** Nodes whose clocks are behind by so much are still believed right after signing. */
  private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

  private static final int SERIAL_BITS = 128;
  private static final int MARK_DIGITS = 8;
  private static final SecureRandom RANDOM = new SecureRandom();

  private CertificateWriter() {}

  static X509Certificate authority(Purpose purpose, String cluster, KeyPair key, Instant now) {
    String mark = Pin.of(key.getPublic()).hex().substring(0, MARK_DIGITS);
    X500Name name = Subjects.authority(purpose, cluster, mark);
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              serial(),
              from(now),
              Date.from(seconds(now.plus(CertificateAuthority.LIFETIME))),
              name,
              key.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key.getPublic()));
      return signed(builder, key);
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("Can't write a certificate for a new key", e);
    }
  }

  static X509Certificate node(
      KeyPair authority, X509Certificate issuer, PublicKey subject, CertificateOrder order) {
    Instant end = order.now().plus(order.lifetime());
    Instant last = Lifetime.of(issuer).until();
    try {
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded()),
              serial(),
              from(order.now()),
              Date.from(seconds(end.isBefore(last) ? end : last)),
              Subjects.node(order.identity()),
              subject);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(Extension.extendedKeyUsage, true, usages(order.identity().role()));
      builder.addExtension(Extension.subjectAlternativeName, false, names(order));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuer));
      return signed(builder, authority);
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("Can't write a certificate for " + order.identity(), e);
    }
  }

  private static ExtendedKeyUsage usages(Role role) {
    return switch (role) {
      case COORDINATOR ->
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth});
      case WORKER -> new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth);
    };
  }

  private static GeneralNames names(CertificateOrder order) {
    List<GeneralName> names = new ArrayList<>();
    names.add(new GeneralName(GeneralName.uniformResourceIdentifier, order.identity().uri()));
    order.hosts().forEach(host -> names.add(HostNames.general(host)));
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, KeyPair key)
      throws OperatorCreationException, GeneralSecurityException {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder(EllipticKeys.SIGNATURE).build(key.getPrivate())));
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).add(BigInteger.ONE);
  }

  private static Date from(Instant now) {
    return Date.from(seconds(now.minus(CLOCK_SKEW)));
  }

  /** Certificates know no smaller unit. */
  private static Instant seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS);
  }
}
