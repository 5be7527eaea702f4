package dev.capstan.security.tls;

import dev.capstan.security.identity.Role;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * What a person needs to use a cluster, in one file that only they may read: where it is, whom to
 * believe there, and the API key that proves who they are.
 *
 * @param cluster id of the cluster
 * @param servers addresses of HTTP APIs
 * @param key the API key
 * @param authority signed the certificates of the cluster's nodes
 */
public record Credential(
    String cluster, List<String> servers, String key, X509Certificate authority) {
  /** What the file of the first administrator is called, in the data directory. */
  public static final String ADMINISTRATOR = "admin.credential";

  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  public Credential {
    servers = List.copyOf(servers);
  }

  /** The same for other servers. */
  public Credential at(List<String> others) {
    return new Credential(cluster, others, key, authority);
  }

  /** Writes the file, which only its owner may read; one that is there is replaced. */
  public void write(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("# Whoever can read this file may do everything in the cluster.\n");
    text.append("cluster: ").append(cluster).append('\n');
    servers.forEach(server -> text.append("server: ").append(server).append('\n'));
    text.append("key: ").append(key).append('\n');
    text.append("-----BEGIN CERTIFICATE-----\n");
    try {
      text.append(LINES.encodeToString(authority.getEncoded()));
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("A certificate without an encoding", e);
    }
    text.append("\n-----END CERTIFICATE-----\n");
    Path directory = file.toAbsolutePath().getParent();
    Path fresh =
        Files.createTempFile(
            directory, "credential", ".new", PosixFilePermissions.asFileAttribute(OWNER));
    Files.writeString(fresh, text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Reads a file.
   *
   * @throws UnusableCredentialException if it is none, or others may read it
   */
  public static Credential read(Path file) {
    try {
      Set<PosixFilePermission> open = EnumSet.copyOf(Files.getPosixFilePermissions(file));
      open.removeAll(OWNER);
      if (!open.isEmpty()) {
        throw new UnusableCredentialException(
            "others may read the credential " + file,
            "chmod 600 "
                + file
                + "\nand replace the key, if others may have done so on this machine");
      }
      return parse(Files.readString(file), file);
    } catch (IOException e) {
      throw new UnusableCredentialException(
          "the credential "
              + file
              + " can't be read: "
              + (e instanceof NoSuchFileException ? "it is not there" : e.getMessage()),
          "name a file that capstan cluster init or an administrator has made");
    }
  }

  private static Credential parse(String text, Path file) {
    String cluster = "";
    String key = "";
    List<String> servers = new ArrayList<>();
    for (String line : text.lines().takeWhile(each -> !each.startsWith("-----")).toList()) {
      int colon = line.indexOf(": ");
      String value = colon < 0 ? "" : line.substring(colon + 2).strip();
      switch (colon < 0 ? "" : line.substring(0, colon)) {
        case "cluster" -> cluster = value;
        case "server" -> servers.add(value);
        case "key" -> key = value;
        default -> {}
      }
    }
    int certificate = text.indexOf("-----BEGIN CERTIFICATE-----");
    if (cluster.isEmpty() || key.isEmpty() || servers.isEmpty() || certificate < 0) {
      throw damaged(file, "a cluster, a server, a key and a certificate must be in it");
    }
    try {
      X509Certificate authority =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(
                      new ByteArrayInputStream(
                          text.substring(certificate).getBytes(StandardCharsets.US_ASCII)));
      return new Credential(cluster, servers, key, authority);
    } catch (CertificateException e) {
      throw damaged(file, String.valueOf(e.getMessage()));
    }
  }

  private static UnusableCredentialException damaged(Path file, String why) {
    return new UnusableCredentialException(
        "the credential " + file + " is damaged: " + why,
        "take the file as it was made, or ask an administrator for another one");
  }

  /** Believes coordinators of the cluster and nobody else. */
  public SSLContext tls() {
    NodeTrust trust = NodeTrust.of(cluster, List.of(authority)).only(Role.COORDINATOR).build();
    return Tls.httpClient(NodeKeys.none(), trust).context();
  }

  /** The same for gRPC. */
  public SslContext grpcTls() {
    NodeTrust trust = NodeTrust.of(cluster, List.of(authority)).only(Role.COORDINATOR).build();
    return Tls.grpcClient(NodeKeys.none(), trust);
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "Credential[" + cluster + ", " + servers + "]";
  }
}
