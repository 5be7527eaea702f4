package dev.capstan.security.tls;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3: for gRPC by BoringSSL where there is one for the machine, which takes a fraction of the
 * processor's time for a record and a handshake; else, and for HTTP, by the JDK's own
 * implementation. The system property {@code capstan.tls.native=false} chooses the JDK's for all.
 *
 * <p>Sessions are never resumed: resuming one asks nobody whether the peer is still let in, and
 * shows the certificate of before. RFC 8446 limits tickets to seven days, and the JDK neither gives
 * nor takes any where sessions are to last longer; so that is what they are told to do. BoringSSL
 * is told to give no tickets.
 */
public final class Tls {
  private static final long NO_RESUMPTION_SECONDS = Duration.ofDays(8).toSeconds();
  private static final boolean NATIVE =
      !"false".equals(System.getProperty("capstan.tls.native")) && OpenSsl.isAvailable();

  private Tls() {}

  /** For a gRPC server. */
  public static SslContext grpcServer(NodeKeys keys, NodeTrust trust, ClientCertificates clients) {
    return grpc(
        SslContextBuilder.forServer(keys)
            .trustManager(trust)
            .clientAuth(
                switch (clients) {
                  case REQUIRED -> ClientAuth.REQUIRE;
                  case NONE -> ClientAuth.NONE;
                  case OPTIONAL -> ClientAuth.OPTIONAL;
                }));
  }

  /**
   * For a gRPC client.
   *
   * @param trust a {@link NodeTrust}, or a {@link PinnedTrust} for the first contact
   */
  public static SslContext grpcClient(NodeKeys keys, X509ExtendedTrustManager trust) {
    return grpc(SslContextBuilder.forClient().keyManager(keys).trustManager(trust));
  }

  private static SslContext grpc(SslContextBuilder builder) {
    SslProvider provider = NATIVE ? SslProvider.OPENSSL : SslProvider.JDK;
    try {
      SslContext context =
          GrpcSslContexts.configure(builder, provider)
              .protocols(Protocol.VERSION)
              .sessionTimeout(NO_RESUMPTION_SECONDS)
              .build();
      return NATIVE ? new WithoutResumption(context) : context;
    } catch (SSLException e) {
      throw new IllegalStateException("This Java has no TLS 1.3", e);
    }
  }

  /** For an HTTP server. */
  public static HttpTls httpServer(NodeKeys keys, NodeTrust trust, ClientCertificates clients) {
    SSLParameters parameters = parameters();
    switch (clients) {
      case REQUIRED -> parameters.setNeedClientAuth(true);
      case NONE -> parameters.setNeedClientAuth(false);
      case OPTIONAL -> parameters.setWantClientAuth(true);
    }
    return new HttpTls(context(keys, trust), parameters);
  }

  /**
   * For an HTTP client.
   *
   * @param trust a {@link NodeTrust}, or a {@link PinnedTrust} for the first contact
   */
  public static HttpTls httpClient(NodeKeys keys, X509ExtendedTrustManager trust) {
    return new HttpTls(context(keys, trust), parameters());
  }

  private static SSLContext context(NodeKeys keys, X509ExtendedTrustManager trust) {
    try {
      SSLContext context = SSLContext.getInstance(Protocol.VERSION);
      context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
      context.getServerSessionContext().setSessionTimeout((int) NO_RESUMPTION_SECONDS);
      context.getClientSessionContext().setSessionTimeout((int) NO_RESUMPTION_SECONDS);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java has no TLS 1.3", e);
    }
  }

  private static SSLParameters parameters() {
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {Protocol.VERSION});
    return parameters;
  }
}
