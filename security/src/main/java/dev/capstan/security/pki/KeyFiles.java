package dev.capstan.security.pki;

import dev.capstan.security.identity.NodeIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys and certificates of one node, in a directory that only its owner may enter. Private keys
 * are made here and never leave it.
 *
 * <p>For each purpose there are up to three files: {@code nodes.pem} with the key in use and its
 * certificates, {@code nodes-next.pem} with the key of a request that has no answer yet, and {@code
 * nodes-roots.pem} with the authorities that the node believes. Key and certificates are in one
 * file, so that a crash while they are renewed leaves the old pair or the new. The key of a request
 * is kept until its certificate comes, so that a node that crashed while it joined asks again with
 * the same key.
 *
 * <p>One process and one thread at a time.
 */
public final class KeyFiles {
  private final SecretFiles files;

  private KeyFiles(SecretFiles files) {
    this.files = files;
  }

  /**
   * The keys in a directory, which is made when it is missing.
   *
   * @throws UnusableFileException if other users may enter it
   */
  public static KeyFiles open(Path directory) throws IOException {
    return new KeyFiles(SecretFiles.in(directory));
  }

  /**
   * A request (PKCS#10, DER) for a certificate of a new key, or of the one for which none has come
   * since the last request. Its key is durable when this returns.
   *
   * @throws UnusableFileException if other users may read the key, or it is damaged
   */
  public byte[] request(Purpose purpose, NodeIdentity identity) throws IOException {
    KeyPair waiting = pair(next(purpose));
    if (waiting == null) {
      waiting = EllipticKeys.fresh();
      files.write(next(purpose), Pem.of(waiting));
    }
    return SigningRequest.of(waiting, identity);
  }

  /**
   * Takes the answer to a {@link #request}, or new certificates for the key in use. The old ones
   * are replaced at one instant.
   *
   * @param chain the node's certificate first
   * @throws UnusableFileException if it is for neither key
   */
  public void install(Purpose purpose, List<X509Certificate> chain) throws IOException {
    PublicKey subject = chain.getFirst().getPublicKey();
    KeyPair waiting = pair(next(purpose));
    if (waiting != null && waiting.getPublic().equals(subject)) {
      files.write(current(purpose), Pem.of(waiting) + Pem.of(chain));
      files.delete(next(purpose));
      return;
    }
    KeyPair present = pair(current(purpose));
    if (present == null || !present.getPublic().equals(subject)) {
      throw new UnusableFileException(
          files.path(current(purpose)),
          "can't take a certificate for a key that this node doesn't have; request a new one");
    }
    files.write(current(purpose), Pem.of(present) + Pem.of(chain));
  }

  /**
   * What the node shows of itself; null when it has no certificate yet.
   *
   * @throws UnusableFileException if other users may read the key, or it is damaged
   */
  public @Nullable Credential credential(Purpose purpose) throws IOException {
    String name = current(purpose);
    KeyPair pair = pair(name);
    if (pair == null) {
      return null;
    }
    List<X509Certificate> chain = certificates(name);
    if (chain.isEmpty() || !chain.getFirst().getPublicKey().equals(pair.getPublic())) {
      throw new UnusableFileException(
          files.path(name),
          "should hold the certificate of its key first; remove it and let the node join again");
    }
    return new Credential(pair.getPrivate(), chain);
  }

  /**
   * From when to when the node's certificate holds; null when it has none.
   *
   * @throws UnusableFileException if other users may read the key, or it is damaged
   */
  public @Nullable Lifetime lifetime(Purpose purpose) throws IOException {
    Credential credential = credential(purpose);
    return credential == null ? null : credential.lifetime();
  }

  /** Replaces the authorities that the node believes for a purpose. */
  public void trust(Purpose purpose, List<X509Certificate> roots) throws IOException {
    files.write(roots(purpose), Pem.of(roots));
  }

  /**
   * The authorities that the node believes; none when it was told of none.
   *
   * @throws UnusableFileException if the file is damaged
   */
  public List<X509Certificate> trusted(Purpose purpose) throws IOException {
    return certificates(roots(purpose));
  }

  private @Nullable KeyPair pair(String name) throws IOException {
    String text = files.read(name);
    if (text == null) {
      return null;
    }
    try {
      KeyPair pair = Pem.keyPair(text);
      if (pair == null) {
        throw new UnusableFileException(
            files.path(name), "should hold one private and one public key" + wayOut());
      }
      return pair;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new UnusableFileException(
          files.path(name), "is damaged (" + e.getMessage() + ")" + wayOut(), e);
    }
  }

  private List<X509Certificate> certificates(String name) throws IOException {
    String text = files.read(name);
    try {
      return text == null ? List.of() : Pem.certificates(text);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new UnusableFileException(
          files.path(name), "is damaged (" + e.getMessage() + ")" + wayOut(), e);
    }
  }

  private static String wayOut() {
    return "; restore it, or remove it and let the node join again";
  }

  private static String current(Purpose purpose) {
    return purpose.word() + ".pem";
  }

  private static String next(Purpose purpose) {
    return purpose.word() + "-next.pem";
  }

  private static String roots(Purpose purpose) {
    return purpose.word() + "-roots.pem";
  }
}
