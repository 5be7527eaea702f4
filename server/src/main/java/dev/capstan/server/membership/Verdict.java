package dev.capstan.server.membership;

import dev.capstan.security.identity.NodeIdentity;
import java.security.cert.X509Certificate;
import java.util.List;

/** What came of an {@link Application}. */
sealed interface Verdict {

  /**
   * The machine is a node.
   *
   * @param peerChain certificates towards other coordinators; empty for a worker
   */
  record Admitted(
      NodeIdentity identity, List<X509Certificate> chain, List<X509Certificate> peerChain)
      implements Verdict {}

  /** It is not; the sentence says why and what to do. */
  record Refused(String sentence) implements Verdict {}
}
