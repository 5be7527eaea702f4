package dev.capstan.security.tls;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.identity.Pin;
import dev.capstan.security.identity.Role;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whom a node believes that knows nothing of its cluster but the pin in its join token: a
 * coordinator that shows an authority with that key, and a certificate that the authority signed.
 * Any other server is refused during the handshake, so the token's secret is never sent to it.
 *
 * <p>For clients only. Safe for use by several threads.
 */
public final class PinnedTrust extends X509ExtendedTrustManager {
  private static final int NODE_AND_AUTHORITY = 2;

  private final Pin pin;
  private final InstantSource clock;

  /**
   * Trust in the authority with this pin.
   *
   * @param clock tells whether the server's certificate has expired
   */
  public PinnedTrust(Pin pin, InstantSource clock) {
    this.pin = pin;
    this.clock = clock;
  }

  @Override
  public void checkServerTrusted(
      X509Certificate @Nullable [] chain, String authType, SSLEngine engine)
      throws RefusedPeerException {
    Protocol.require(Protocol.isRight(engine));
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate @Nullable [] chain, String authType, Socket socket)
      throws RefusedPeerException {
    Protocol.require(Protocol.isRight(socket));
    check(chain);
  }

  /** Without a connection there is no protocol to be right: always refused. */
  @Override
  public void checkServerTrusted(X509Certificate @Nullable [] chain, String authType)
      throws RefusedPeerException {
    Protocol.require(false);
  }

  @Override
  public void checkClientTrusted(
      X509Certificate @Nullable [] chain, String authType, SSLEngine engine) {
    throw noServer();
  }

  @Override
  public void checkClientTrusted(
      X509Certificate @Nullable [] chain, String authType, Socket socket) {
    throw noServer();
  }

  @Override
  public void checkClientTrusted(X509Certificate @Nullable [] chain, String authType) {
    throw noServer();
  }

  private static UnsupportedOperationException noServer() {
    return new UnsupportedOperationException("A server knows its authorities and needs no pin");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }

  private void check(X509Certificate @Nullable [] chain) throws RefusedPeerException {
    X509Certificate node = Chains.first(chain);
    X509Certificate root = pinned(chain);
    NodeIdentity server = CertificateCheck.check(node, List.of(root), Side.SERVER, clock.instant());
    if (server.role() != Role.COORDINATOR) {
      throw new RefusedPeerException(
          Reason.WRONG_ROLE, "Nodes join at a coordinator, and this is " + server.shown());
    }
  }

  private X509Certificate pinned(X509Certificate @Nullable [] chain) throws RefusedPeerException {
    if (chain == null || chain.length != NODE_AND_AUTHORITY) {
      throw new RefusedPeerException(
          Reason.WRONG_PIN,
          "The server does not show its authority, so it can't be compared with the join token");
    }
    X509Certificate root = chain[1];
    if (!Pin.of(root.getPublicKey()).equals(pin)) {
      throw new RefusedPeerException(
          Reason.WRONG_PIN,
          "The server is not of the cluster that the join token is for: its authority is "
              + Pin.of(root.getPublicKey())
              + ", the token's "
              + pin
              + ". Nothing secret was sent. Check the address, or make a token in this cluster");
    }
    if (root.getBasicConstraints() < 0 || !CertificateCheck.isSignedBy(root, root)) {
      throw new RefusedPeerException(
          Reason.MALFORMED, "The certificate with the join token's key is not an authority's");
    }
    return root;
  }
}
