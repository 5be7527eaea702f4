package dev.capstan.security.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Pin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");
  private static final NodeIdentity WORKER = NodeIdentity.worker("prod", "w1");
  private static final NodeIdentity COORDINATOR = NodeIdentity.coordinator("prod", "c1");

  @TempDir Path temporary;

  private final CertificateAuthority nodes =
      CertificateAuthority.create(Purpose.NODES, "prod", NOW);
  private final CertificateAuthority peers =
      CertificateAuthority.create(Purpose.PEERS, "prod", NOW);

  @Test
  void anAuthorityHoldsTenYearsAndSignsNoOtherAuthority() throws Exception {
    X509Certificate certificate = nodes.certificate();
    certificate.verify(certificate.getPublicKey());
    assertThat(certificate.getBasicConstraints()).isZero();
    assertThat(certificate.getNotAfter().toInstant())
        .isEqualTo(Instant.parse("2036-11-22T10:00:00Z"));
    assertThat(certificate.getSubjectX500Principal().getName()).contains("O=prod", "OU=nodes");
    assertThat(nodes.pin()).isEqualTo(Pin.of(certificate.getPublicKey()));
  }

  @Test
  void aWorkerIsSignedAsAClientForItsTime() throws Exception {
    byte[] request = SigningRequest.of(EllipticKeys.fresh(), WORKER);
    List<X509Certificate> chain = nodes.sign(request, CertificateOrder.worker(WORKER, NOW));
    X509Certificate certificate = chain.getFirst();
    assertThat(chain).hasSize(2).last().isEqualTo(nodes.certificate());
    certificate.verify(nodes.certificate().getPublicKey());
    assertThat(NodeIdentity.of(certificate)).isEqualTo(WORKER);
    assertThat(certificate.getExtendedKeyUsage())
        .containsExactly(KeyPurposeId.id_kp_clientAuth.getId());
    assertThat(Lifetime.of(certificate))
        .isEqualTo(new Lifetime(NOW.minus(Duration.ofMinutes(5)), NOW.plus(Duration.ofHours(24))));
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
  }

  @Test
  void aCoordinatorIsSignedForBothEndsAndItsHosts() throws Exception {
    X509Certificate certificate =
        nodes
            .sign(
                EllipticKeys.fresh().getPublic(),
                CertificateOrder.coordinator(
                    COORDINATOR, List.of("c1.example.org", "10.0.0.7", "::1"), NOW))
            .getFirst();
    assertThat(certificate.getExtendedKeyUsage())
        .containsExactlyInAnyOrder(
            KeyPurposeId.id_kp_clientAuth.getId(), KeyPurposeId.id_kp_serverAuth.getId());
    assertThat(certificate.getSubjectAlternativeNames())
        .contains(
            List.of(2, "c1.example.org"), List.of(7, "10.0.0.7"), List.of(7, "0:0:0:0:0:0:0:1"));
    assertThat(NodeIdentity.of(certificate)).isEqualTo(COORDINATOR);
    Credential shown = new Credential(EllipticKeys.fresh().getPrivate(), List.of(certificate));
    assertThat(shown.names(List.of("C1.example.org", "10.0.0.7", "0:0:0:0:0:0:0:1"))).isTrue();
    assertThat(shown.names(List.of("10.0.0.8"))).isFalse();
    assertThat(shown.names(List.of("c1.example.org", "c2.example.org"))).isFalse();
  }

  @Test
  void serialsAreLongAndNeverTheSame() throws Exception {
    CertificateOrder order = CertificateOrder.worker(WORKER, NOW);
    KeyPair key = EllipticKeys.fresh();
    X509Certificate first = nodes.sign(key.getPublic(), order).getFirst();
    X509Certificate second = nodes.sign(key.getPublic(), order).getFirst();
    assertThat(first.getSerialNumber()).isNotEqualTo(second.getSerialNumber());
    assertThat(first.getSerialNumber().bitLength()).isBetween(64, 129);
  }

  @Test
  void aRequestThatAsksForMoreGetsWhatTheClusterSays() throws Exception {
    KeyPair key = EllipticKeys.fresh();
    ExtensionsGenerator wishes = new ExtensionsGenerator();
    wishes.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    wishes.addExtension(
        Extension.extendedKeyUsage, true, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
    wishes.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(
                  GeneralName.uniformResourceIdentifier,
                  NodeIdentity.coordinator("prod", "c9").uri()),
              new GeneralName(GeneralName.dNSName, "c1.example.org")
            }));
    byte[] request =
        new JcaPKCS10CertificationRequestBuilder(
                new X500Name("O=prod,OU=coordinator,CN=c9"), key.getPublic())
            .addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, wishes.generate())
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate()))
            .getEncoded();
    X509Certificate certificate =
        nodes.sign(request, CertificateOrder.worker(WORKER, NOW)).getFirst();
    assertThat(NodeIdentity.of(certificate)).isEqualTo(WORKER);
    assertThat(certificate.getSubjectAlternativeNames()).hasSize(1);
    assertThat(certificate.getSubjectX500Principal().getName()).contains("w1").doesNotContain("c9");
    assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
    assertThat(certificate.getExtendedKeyUsage())
        .containsExactly(KeyPurposeId.id_kp_clientAuth.getId());
  }

  @Test
  void aRequestThatIsNotSignedWithItsOwnKeyIsRefused() throws Exception {
    byte[] stolen =
        new JcaPKCS10CertificationRequestBuilder(
                new X500Name("CN=w1"), EllipticKeys.fresh().getPublic())
            .build(
                new JcaContentSignerBuilder("SHA256withECDSA")
                    .build(EllipticKeys.fresh().getPrivate()))
            .getEncoded();
    assertThatThrownBy(() -> nodes.sign(stolen, CertificateOrder.worker(WORKER, NOW)))
        .isInstanceOf(SigningRefusedException.class)
        .hasMessageContaining("not signed with the private half");
  }

  @Test
  void aRequestWithAFlippedBitAnywhereIsRefused() {
    byte[] request = SigningRequest.of(EllipticKeys.fresh(), WORKER);
    for (int i = 0; i < request.length; i++) {
      byte[] damaged = request.clone();
      damaged[i] ^= 1;
      assertThatThrownBy(() -> nodes.sign(damaged, CertificateOrder.worker(WORKER, NOW)))
          .as("byte %s", i)
          .isInstanceOf(SigningRefusedException.class);
    }
  }

  @Test
  void otherThingsThanRequestsAreRefused() {
    CertificateOrder order = CertificateOrder.worker(WORKER, NOW);
    for (byte[] bytes : List.of(new byte[0], new byte[] {0x30, 0}, new byte[9000])) {
      assertThatThrownBy(() -> nodes.sign(bytes, order))
          .isInstanceOf(SigningRefusedException.class);
    }
    byte[] request = SigningRequest.of(EllipticKeys.fresh(), WORKER);
    assertThatThrownBy(() -> nodes.sign(Arrays.copyOf(request, request.length - 1), order))
        .isInstanceOf(SigningRefusedException.class);
  }

  @Test
  void otherKindsOfKeysAreRefused() throws Exception {
    CertificateOrder order = CertificateOrder.worker(WORKER, NOW);
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(2048);
    KeyPairGenerator larger = KeyPairGenerator.getInstance("EC");
    larger.initialize(384);
    for (KeyPairGenerator generator : List.of(rsa, larger)) {
      assertThatThrownBy(() -> nodes.sign(generator.generateKeyPair().getPublic(), order))
          .isInstanceOf(SigningRefusedException.class)
          .hasMessageContaining("P-256");
    }
  }

  @Test
  void theAuthorityForConsensusSignsNoWorker() throws Exception {
    KeyPair key = EllipticKeys.fresh();
    assertThatThrownBy(() -> peers.sign(key.getPublic(), CertificateOrder.worker(WORKER, NOW)))
        .isInstanceOf(SigningRefusedException.class)
        .hasMessageContaining("coordinators only, not for worker w1");
    assertThat(
            peers.sign(key.getPublic(), CertificateOrder.coordinator(COORDINATOR, List.of(), NOW)))
        .hasSize(2);
  }

  @Test
  void anAuthoritySignsForItsClusterOnly() {
    NodeIdentity stranger = NodeIdentity.worker("test", "w1");
    assertThatThrownBy(() ->
            nodes.sign(EllipticKeys.fresh().getPublic(), CertificateOrder.worker(stranger, NOW)))
        .isInstanceOf(SigningRefusedException.class)
        .hasMessageContaining("of cluster prod, not of test");
  }

  @Test
  void nothingOutlivesItsAuthority() throws Exception {
    Instant end = Lifetime.of(nodes.certificate()).until();
    KeyPair key = EllipticKeys.fresh();
    X509Certificate last =
        nodes
            .sign(key.getPublic(), CertificateOrder.worker(WORKER, end.minusSeconds(60)))
            .getFirst();
    assertThat(Lifetime.of(last).until()).isEqualTo(end);
    assertThatThrownBy(
            () -> nodes.sign(key.getPublic(), CertificateOrder.worker(WORKER, end.plusSeconds(1))))
        .isInstanceOf(SigningRefusedException.class)
        .hasMessageContaining("expired at");
  }

  @Test
  void ordersThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> new CertificateOrder(WORKER, List.of(), Duration.ofDays(91), NOW))
        .hasMessageContaining("at most 90 days");
    assertThatThrownBy(() -> new CertificateOrder(WORKER, List.of("h"), Duration.ofDays(1), NOW))
        .hasMessageContaining("serves nobody");
    for (String host : List.of("", "*.example.org", "a:80", "[::1]", "a b", "-a")) {
      assertThatThrownBy(() -> CertificateOrder.coordinator(COORDINATOR, List.of(host), NOW))
          .as(host)
          .hasMessageContaining("can't name this host");
    }
  }

  @Test
  void anAuthorityIsStoredForItsOwnerAloneAndLoaded() throws Exception {
    Path directory = temporary.resolve("deep/authority");
    nodes.store(directory);
    peers.store(directory);
    CertificateAuthority loaded =
        Objects.requireNonNull(CertificateAuthority.load(directory, Purpose.NODES));
    assertThat(loaded.certificate()).isEqualTo(nodes.certificate());
    assertThat(loaded.cluster()).isEqualTo("prod");
    assertThat(
            loaded
                .sign(EllipticKeys.fresh().getPublic(), CertificateOrder.worker(WORKER, NOW))
                .getFirst()
                .getIssuerX500Principal())
        .isEqualTo(nodes.certificate().getSubjectX500Principal());
    assertThat(permissions(directory)).isEqualTo("rwx------");
    try (var files = Files.list(directory)) {
      assertThat(files)
          .hasSize(2)
          .allSatisfy(file -> assertThat(permissions(file)).isEqualTo("rw-------"));
    }
  }

  @Test
  void whereNoAuthorityIsNoneIsLoaded() throws Exception {
    assertThat(CertificateAuthority.load(temporary.resolve("none"), Purpose.NODES)).isNull();
  }

  @Test
  void anAuthorityIsNeverReplacedByAnother() throws Exception {
    Path directory = temporary.resolve("authority");
    nodes.store(directory);
    nodes.store(directory);
    CertificateAuthority other = CertificateAuthority.create(Purpose.NODES, "prod", NOW);
    assertThatThrownBy(() -> other.store(directory))
        .isInstanceOf(UnusableFileException.class)
        .hasMessageContaining("another certificate authority");
    assertThat(Objects.requireNonNull(CertificateAuthority.load(directory, Purpose.NODES)).pin())
        .isEqualTo(nodes.pin());
  }

  @Test
  void anAuthorityThatOthersMayReadIsRefused() throws Exception {
    Path directory = temporary.resolve("authority");
    nodes.store(directory);
    Path file = directory.resolve("nodes-ca.pem");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> CertificateAuthority.load(directory, Purpose.NODES))
        .isInstanceOf(UnusableFileException.class)
        .hasMessageContaining("chmod 600 " + file);
  }

  @Test
  void aDamagedAuthorityOrOneForAnotherPurposeIsRefused() throws Exception {
    Path directory = temporary.resolve("authority");
    nodes.store(directory);
    Path file = directory.resolve("nodes-ca.pem");
    Files.copy(file, directory.resolve("peers-ca.pem"));
    assertThatThrownBy(() -> CertificateAuthority.load(directory, Purpose.PEERS))
        .isInstanceOf(UnusableFileException.class)
        .hasMessageContaining("is not the certificate authority for peers");
    String text = Files.readString(file);
    Files.writeString(file, text.substring(0, text.length() / 2));
    assertThatThrownBy(() -> CertificateAuthority.load(directory, Purpose.NODES))
        .isInstanceOf(UnusableFileException.class)
        .hasMessageContaining("restore it from a backup");
  }

  @Test
  void theKeyIsNeverPrinted() {
    assertThat(nodes.toString()).isEqualTo("CertificateAuthority[nodes of prod, key hidden]");
  }

  private static String permissions(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
