package dev.capstan.security.tls;

import dev.capstan.security.identity.NodeIdentity;
import dev.capstan.security.tls.RefusedPeerException.Reason;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.stream.Stream;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a connection, as the handshake has proven. Only to be used where a
 * {@link NodeTrust} or a {@link PinnedTrust} looked at the certificate.
 */
public final class PeerIdentity {
  private static final Context.Key<NodeIdentity> KEY = Context.key("capstan-peer");
  private static final Context.Key<Instant> UNTIL = Context.key("capstan-peer-until");

  /** With a call that is refused: what is wrong with the caller. */
  private static final Metadata.Key<String> REFUSED =
      Metadata.Key.of("capstan-refused", Metadata.ASCII_STRING_MARSHALLER);

  private PeerIdentity() {}

  /** The peer's identity; null when it showed no certificate. */
  public static @Nullable NodeIdentity of(SSLSession session) {
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate certificate
          ? NodeIdentity.of(certificate)
          : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    } catch (CertificateParsingException e) {
      throw new IllegalStateException("A peer was let in whose certificate names no node", e);
    }
  }

  /**
   * The identity of whoever calls the gRPC method that runs in the current context; null when it
   * showed no certificate, or there is no TLS as inside a process, or no interceptor.
   */
  public static @Nullable NodeIdentity current() {
    return KEY.get();
  }

  /**
   * Until when the certificate is good that {@link #current} showed; null where that is null. A
   * connection may last longer.
   */
  public static @Nullable Instant until() {
    return UNTIL.get();
  }

  private static Instant until(SSLSession session) {
    try {
      return ((X509Certificate) session.getPeerCertificates()[0]).getNotAfter().toInstant();
    } catch (SSLPeerUnverifiedException e) {
      throw new IllegalStateException("A peer that showed a certificate has none", e);
    }
  }

  /**
   * Makes {@link #current} known to the methods of a server, and looks at each call again whether
   * the caller may still be there: a connection may be older than the decision to put a node out.
   * Such a call ends with {@code UNAUTHENTICATED}, and the caller learns why ({@link #refusal}).
   * Streams that run on are for the server to cut.
   */
  public static ServerInterceptor interceptor(NodeTrust trust) {
    return new Interceptor(trust);
  }

  /**
   * Why a server did not take a call; null where it says nothing that is known here.
   *
   * @param trailers with which the call ended
   */
  public static @Nullable Reason refusal(@Nullable Metadata trailers) {
    String word = trailers == null ? null : trailers.get(REFUSED);
    return Stream.of(Reason.values())
        .filter(reason -> reason.name().equals(word))
        .findFirst()
        .orElse(null);
  }

  private record Interceptor(NodeTrust trust) implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      NodeIdentity peer = session == null ? null : of(session);
      if (session == null || peer == null) {
        return next.startCall(call, headers);
      }
      try {
        trust.recheck(peer);
      } catch (RefusedPeerException e) {
        Metadata why = new Metadata();
        why.put(REFUSED, e.reason().name());
        call.close(Status.UNAUTHENTICATED.withDescription(e.getMessage()), why);
        return new ServerCall.Listener<>() {};
      }
      return Contexts.interceptCall(
          Context.current().withValues(KEY, peer, UNTIL, until(session)), call, headers, next);
    }
  }
}
