package dev.capstan.security.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.security.identity.NodeIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFilesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T10:00:00Z");
  private static final NodeIdentity NODE = NodeIdentity.coordinator("prod", "c1");

  @TempDir Path temporary;

  private final CertificateAuthority authority =
      CertificateAuthority.create(Purpose.NODES, "prod", NOW);
  private Path directory;
  private KeyFiles files;

  @BeforeEach
  void open() throws Exception {
    directory = temporary.resolve("node/keys");
    files = KeyFiles.open(directory);
  }

  @Test
  void aNodeWithoutCertificateHasNone() throws Exception {
    assertThat(files.credential(Purpose.NODES)).isNull();
    assertThat(files.lifetime(Purpose.NODES)).isNull();
    assertThat(files.trusted(Purpose.NODES)).isEmpty();
  }

  @Test
  void aKeyIsMadeSignedAndFoundAgain() throws Exception {
    List<X509Certificate> chain = signed(NOW);
    files.install(Purpose.NODES, chain);
    files.trust(Purpose.NODES, List.of(authority.certificate()));
    KeyFiles again = KeyFiles.open(directory);
    Credential credential = Objects.requireNonNull(again.credential(Purpose.NODES));
    assertThat(credential.chain()).isEqualTo(chain);
    assertThat(credential.identity()).isEqualTo(NODE);
    assertThat(again.trusted(Purpose.NODES)).containsExactly(authority.certificate());
    assertThat(again.lifetime(Purpose.NODES))
        .isEqualTo(new Lifetime(NOW.minus(Duration.ofMinutes(5)), NOW.plus(Duration.ofDays(7))));
    assertThat(again.credential(Purpose.PEERS)).isNull();
  }

  @Test
  void everythingIsForTheOwnerAlone() throws Exception {
    files.install(Purpose.NODES, signed(NOW));
    files.request(Purpose.PEERS, NODE);
    files.trust(Purpose.NODES, List.of(authority.certificate()));
    assertThat(permissions(directory)).isEqualTo("rwx------");
    try (var list = Files.list(directory)) {
      assertThat(list)
          .hasSize(3)
          .allSatisfy(file -> assertThat(permissions(file)).isEqualTo("rw-------"));
    }
  }

  @Test
  void aRequestThatIsRepeatedIsForTheSameKeyUntilItsCertificateComes() throws Exception {
    byte[] first = files.request(Purpose.NODES, NODE);
    byte[] second = KeyFiles.open(directory).request(Purpose.NODES, NODE);
    assertThat(SigningRequest.provenKey(second)).isEqualTo(SigningRequest.provenKey(first));
    files.install(Purpose.NODES, authority.sign(first, order(NOW)));
    byte[] renewal = files.request(Purpose.NODES, NODE);
    assertThat(SigningRequest.provenKey(renewal)).isNotEqualTo(SigningRequest.provenKey(first));
  }

  @Test
  void theOldCertificateIsShownUntilTheNewOneIsThere() throws Exception {
    files.install(Purpose.NODES, signed(NOW));
    Credential old = Objects.requireNonNull(files.credential(Purpose.NODES));
    Instant later = NOW.plus(Duration.ofDays(3));
    List<X509Certificate> renewed = signed(later);
    assertThat(Objects.requireNonNull(files.credential(Purpose.NODES)).chain())
        .isEqualTo(old.chain());
    files.install(Purpose.NODES, renewed);
    Credential fresh = Objects.requireNonNull(files.credential(Purpose.NODES));
    assertThat(fresh.chain()).isEqualTo(renewed);
    assertThat(fresh.key()).isNotEqualTo(old.key());
  }

  @Test
  void aCertificateForAKeyThatIsNotHereIsRefused() throws Exception {
    files.request(Purpose.NODES, NODE);
    List<X509Certificate> others = authority.sign(EllipticKeys.fresh().getPublic(), order(NOW));
    assertThatThrownBy(() -> files.install(Purpose.NODES, others))
        .isInstanceOf(UnusableFileException.class)
        .hasMessageContaining("a key that this node doesn't have");
  }

  @Test
  void aKeyThatOthersMayReadIsRefused() throws Exception {
    files.install(Purpose.NODES, signed(NOW));
    Path key = directory.resolve("nodes.pem");
    for (String open : List.of("rw-r--r--", "rw-r-----", "rw----r--", "rw--w----")) {
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(open));
      assertThatThrownBy(() -> files.credential(Purpose.NODES))
          .as(open)
          .isInstanceOf(UnusableFileException.class)
          .hasMessageContaining(open)
          .hasMessageContaining("chmod 600 " + key);
    }
  }

  @Test
  void aDirectoryThatOthersMayEnterIsRefused() throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThatThrownBy(() -> KeyFiles.open(directory))
        .isInstanceOf(UnusableFileException.class)
        .hasMessageContaining("chmod 700 " + directory);
  }

  @Test
  void aDamagedFileSaysSo() throws Exception {
    files.install(Purpose.NODES, signed(NOW));
    Path key = directory.resolve("nodes.pem");
    String text = Files.readString(key);
    for (String damaged :
        List.of(
            "",
            text.substring(0, 100),
            text.replaceFirst("BEGIN PRIVATE KEY-----\nMEECAQ", "BEGIN PRIVATE KEY-----\nMEECAR"),
            text.replaceFirst("(?s)-----BEGIN CERT.*", ""))) {
      Files.writeString(key, damaged);
      assertThatThrownBy(() -> files.credential(Purpose.NODES))
          .isInstanceOf(UnusableFileException.class)
          .hasMessageContaining("let the node join again");
    }
  }

  @Test
  void halvesOfTwoKeysAreRefused() throws Exception {
    files.install(Purpose.NODES, signed(NOW));
    Path key = directory.resolve("nodes.pem");
    String other = Pem.of(EllipticKeys.fresh());
    String mixed =
        other.substring(0, other.indexOf("-----BEGIN PUBLIC"))
            + Files.readString(key).replaceFirst("(?s)^.*?(?=-----BEGIN PUBLIC)", "");
    Files.writeString(key, mixed);
    assertThatThrownBy(() -> files.credential(Purpose.NODES))
        .isInstanceOf(UnusableFileException.class)
        .hasMessageContaining("not of one pair");
  }

  @Test
  void theKeyIsNeverPrinted() throws Exception {
    files.install(Purpose.NODES, signed(NOW));
    assertThat(String.valueOf(files.credential(Purpose.NODES))).contains("c1", "key hidden");
  }

  private List<X509Certificate> signed(Instant now) throws Exception {
    return authority.sign(files.request(Purpose.NODES, NODE), order(now));
  }

  private static CertificateOrder order(Instant now) {
    return CertificateOrder.coordinator(NODE, List.of(), now);
  }

  private static String permissions(Path path) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
