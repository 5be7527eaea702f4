package dev.capstan.security.tls;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/**
 * TLS for an HTTP server or client.
 *
 * @param context makes connections
 * @param parameters to be set on each; without them a connection with an older protocol fails later
 *     in the handshake, and a server asks for no certificate
 */
public record HttpTls(SSLContext context, SSLParameters parameters) {}
