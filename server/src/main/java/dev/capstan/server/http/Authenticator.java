package dev.capstan.server.http;

import dev.capstan.server.gateway.Principal;
import dev.capstan.server.gateway.Refusal;

/**
 * Finds out who sends a request. What they may do is the gateway's to decide. May be called by any
 * thread.
 */
@FunctionalInterface
public interface Authenticator {
  /** Takes everybody for the user of this machine; for a server that only loopback reaches. */
  Authenticator LOOPBACK = request -> Principal.LOCAL;

  /**
   * Whoever sent the request.
   *
   * @throws Refusal {@code UNAUTHENTICATED} when that can't be known
   */
  Principal authenticate(Credentials request);

  /** What a request shows of its sender. */
  interface Credentials {
    /** The first value of a header, empty without one. */
    String header(String name);

    /** The address it came from. */
    String remoteAddress();
  }
}
