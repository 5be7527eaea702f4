package dev.capstan.server.membership;

import dev.capstan.security.identity.Pin;
import dev.capstan.security.pki.SigningRefusedException;
import dev.capstan.security.pki.SigningRequest;
import org.jspecify.annotations.Nullable;

/**
 * The keys for which a machine asks for certificates, and has proven to have.
 *
 * @param nodes towards all
 * @param peers towards other coordinators; null for a worker
 */
record RequestedKeys(Pin nodes, @Nullable Pin peers) {

  /**
   * Those of an application.
   *
   * @throws SigningRefusedException if a request is none, or proves nothing
   */
  static RequestedKeys of(Application application) throws SigningRefusedException {
    byte[] peers = application.peerRequest();
    return new RequestedKeys(
        Pin.of(SigningRequest.provenKey(application.request())),
        peers == null ? null : Pin.of(SigningRequest.provenKey(peers)));
  }
}
