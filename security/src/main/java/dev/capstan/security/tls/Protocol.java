package dev.capstan.security.tls;

import dev.capstan.security.tls.RefusedPeerException.Reason;
import java.net.Socket;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * The one version of TLS that we speak. Contexts are set up for it, and as a second line, keys are
 * not shown and peers not believed over any other: then whoever sets up a connection wrongly gets
 * none instead of a weak one.
 */
final class Protocol {
  static final String VERSION = "TLSv1.3";

  private Protocol() {}

  static boolean isRight(@Nullable SSLSession handshake) {
    return handshake != null && VERSION.equals(handshake.getProtocol());
  }

  static boolean isRight(@Nullable Socket socket) {
    return socket instanceof SSLSocket tls && isRight(tls.getHandshakeSession());
  }

  static boolean isRight(@Nullable SSLEngine engine) {
    return engine != null && isRight(engine.getHandshakeSession());
  }

  static void require(boolean right) throws RefusedPeerException {
    if (!right) {
      throw new RefusedPeerException(
          Reason.OLD_PROTOCOL, "Nodes talk over TLS 1.3 only; the other end chose something else");
    }
  }
}
