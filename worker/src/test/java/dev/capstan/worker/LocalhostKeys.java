package dev.capstan.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The certificate of a server that is called {@code localhost} and nothing else, by an authority
 * that nobody knows; made once in a process.
 */
public final class LocalhostKeys {

  /** Of both files. */
  public static final String PASSWORD = "changeit";

  private static final String TRUST_STORE = "javax.net.ssl.trustStore";
  private static final String TRUST_STORE_PASSWORD = "javax.net.ssl.trustStorePassword";

  private static @Nullable LocalhostKeys made;

  private final Path server;
  private final Path authority;

  /**
   * @param validity of the server's certificate, as keytool has it
   */
  private LocalhostKeys(String... validity) throws GeneralSecurityException, IOException {
    Path directory = Files.createTempDirectory("keys");
    Path both = directory.resolve("both.p12");
    keytool(both, "authority", "CN=An authority", "-ext", "bc:critical=ca:true");
    List<String> more =
        new ArrayList<>(List.of("-signer", "authority", "-ext", "san=dns:localhost"));
    more.addAll(List.of(validity));
    keytool(both, "server", "CN=localhost", more.toArray(String[]::new));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(both)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyStore own = empty();
    own.setKeyEntry(
        "server",
        keys.getKey("server", PASSWORD.toCharArray()),
        PASSWORD.toCharArray(),
        keys.getCertificateChain("server"));
    server = write(own, directory.resolve("server.p12"));
    KeyStore trusted = empty();
    trusted.setCertificateEntry("authority", keys.getCertificate("authority"));
    authority = write(trusted, directory.resolve("authority.p12"));
    for (Path each : List.of(directory, both, server, authority)) {
      each.toFile().deleteOnExit();
    }
  }

  /** Those of this process. */
  public static synchronized LocalhostKeys get() {
    if (made == null) {
      made = make();
    }
    return made;
  }

  /** Others, which are too old. */
  public static LocalhostKeys expired() {
    return make("-startdate", "-9d", "-validity", "1");
  }

  private static LocalhostKeys make(String... validity) {
    try {
      return new LocalhostKeys(validity);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Path write(KeyStore store, Path file)
      throws GeneralSecurityException, IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD.toCharArray());
    }
    return file;
  }

  private static void keytool(Path store, String alias, String name, String... more)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-dname",
                name,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    command.addAll(List.of(more));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.onExit().join().exitValue() != 0) {
      throw new IllegalStateException(said);
    }
  }

  /** The server's key and certificates, in PKCS 12. */
  public Path server() {
    return server;
  }

  /** The authority alone, for those who trust it, in PKCS 12. */
  public Path authority() {
    return authority;
  }

  /** What the server shows. */
  public KeyManagerFactory managers() {
    try (InputStream in = Files.newInputStream(server)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, PASSWORD.toCharArray());
      return managers;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the server speaks TLS with. */
  public SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers().getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Lets this process trust the authority, as its command line would, until that is closed. */
  public Trust trusted() {
    try {
      // Java reads the settings once, and some of those who speak TLS ask Java.
      SSLContext before = SSLContext.getDefault();
      System.setProperty(TRUST_STORE, authority.toString());
      System.setProperty(TRUST_STORE_PASSWORD, PASSWORD);
      SSLContext read = SSLContext.getInstance("TLS");
      read.init(null, null, null);
      SSLContext.setDefault(read);
      return new Trust(before);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** That the authority is trusted. */
  public static final class Trust implements AutoCloseable {

    private final SSLContext before;

    private Trust(SSLContext before) {
      this.before = before;
    }

    @Override
    public void close() {
      System.clearProperty(TRUST_STORE);
      System.clearProperty(TRUST_STORE_PASSWORD);
      SSLContext.setDefault(before);
    }
  }
}
