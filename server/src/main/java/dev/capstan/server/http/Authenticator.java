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

  /**
   * Watches over a request that stays open, of a sender that was let in.
   *
   * @param sender who that was
   * @param end runs when the sender would not be let in any more as this one; once at most, on any
   *     thread, perhaps at once, and not after the result was closed; must not wait
   * @return to be closed when the request is over
   */
  default Stay stay(Credentials request, Principal sender, Runnable end) {
    return () -> {};
  }

  /** The time for which a request is open. */
  interface Stay extends AutoCloseable {
    @Override
    void close();
  }

  /** What a request shows of its sender. */
  interface Credentials {
    /** The first value of a header, empty without one. */
    String header(String name);

    /** The address it came from. */
    String remoteAddress();
  }
}
