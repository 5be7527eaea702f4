package dev.capstan.security.tls;

import dev.capstan.security.tls.RefusedPeerException.Reason;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/** What peers show, which may be nothing. */
final class Chains {
  private Chains() {}

  static X509Certificate first(X509Certificate @Nullable [] chain) throws RefusedPeerException {
    if (chain == null || chain.length == 0) {
      throw new RefusedPeerException(
          Reason.NO_CERTIFICATE, "The other end showed no certificate; nodes must show theirs");
    }
    return chain[0];
  }
}
