package dev.capstan.security.tls;

import dev.capstan.security.pki.Credential;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * What this node shows of itself, replaceable while it runs: handshakes that begin after {@link
 * #replace} show the new certificate, connections that are open go on with the old.
 *
 * <p>A client shows its certificate whichever authorities the server names: a server of another
 * cluster then says so, instead of complaining that no certificate came.
 *
 * <p>TLS asks for the name of a key first, and for key and certificates by that name later. The
 * name therefore counts replacements, and the credential before the last is kept: a handshake in
 * the middle of a replacement gets key and certificates of one credential. Safe for use by several
 * threads.
 */
public final class NodeKeys extends X509ExtendedKeyManager {
  private static final String KEY_TYPE = "EC";

  private volatile Shown shown;

  private NodeKeys(Shown shown) {
    this.shown = shown;
  }

  /** Shows this. */
  public static NodeKeys of(Credential credential) {
    return new NodeKeys(new Shown(1, credential, null));
  }

  /** Shows nothing until {@link #replace}: a client without certificate. */
  public static NodeKeys none() {
    return new NodeKeys(new Shown(0, null, null));
  }

  /** Shows this from now on. */
  public synchronized void replace(Credential credential) {
    shown = new Shown(shown.number() + 1, credential, shown.current());
  }

  /** What is shown now; null before there is something. */
  public @Nullable Credential current() {
    return shown.current();
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    return keyType.equals(KEY_TYPE) && Protocol.isRight(engine) ? name() : null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return keyType.equals(KEY_TYPE) && Protocol.isRight(socket) ? name() : null;
  }

  @Override
  public @Nullable String chooseEngineClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, SSLEngine engine) {
    return Arrays.asList(keyTypes).contains(KEY_TYPE) && Protocol.isRight(engine) ? name() : null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    return Arrays.asList(keyTypes).contains(KEY_TYPE) && Protocol.isRight(socket) ? name() : null;
  }

  private @Nullable String name() {
    Shown now = shown;
    return now.current() == null ? null : Long.toString(now.number());
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String name) {
    Credential credential = shown.named(name);
    return credential == null ? null : credential.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String name) {
    Credential credential = shown.named(name);
    return credential == null ? null : credential.key();
  }

  @Override
  public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return names(keyType);
  }

  @Override
  public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return names(keyType);
  }

  private String[] names(String keyType) {
    String name = keyType.equals(KEY_TYPE) ? name() : null;
    return name == null ? new String[0] : new String[] {name};
  }

  private record Shown(long number, @Nullable Credential current, @Nullable Credential previous) {
    @Nullable Credential named(String name) {
      if (name.equals(Long.toString(number))) {
        return current;
      }
      return name.equals(Long.toString(number - 1)) ? previous : null;
    }
  }
}
