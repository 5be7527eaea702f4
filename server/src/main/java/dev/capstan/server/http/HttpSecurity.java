package dev.capstan.server.http;

import dev.capstan.security.tls.HttpTls;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How requests are protected.
 *
 * @param authenticator finds out who sends one
 * @param tls for the listener; null on loopback alone
 * @param onward for requests that are sent on to another coordinator; null without TLS
 */
public record HttpSecurity(
    Authenticator authenticator, @Nullable HttpTls tls, @Nullable SSLContext onward) {
  /** For a server that only this machine reaches: no TLS, and everybody is its user. */
  public static final HttpSecurity LOOPBACK = new HttpSecurity(Authenticator.LOOPBACK, null, null);
}
