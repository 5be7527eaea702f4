package dev.capstan.worker.executor;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import org.jspecify.annotations.Nullable;

/**
 * Why the certificate of another side was not taken, in words that say what to do. All protocols
 * let the JDK judge certificates, so its reasons are in the causes of whatever a library throws.
 */
public final class Distrust {

  private Distrust() {}

  /**
   * What is wrong with the certificate, as the end of a sentence; null when the failure has another
   * reason.
   */
  public static @Nullable String of(Throwable failure) {
    CertificateException refusal = null;
    for (@Nullable Throwable each = failure; each != null; each = each.getCause()) {
      String reason = reason(each);
      if (reason != null) {
        return reason;
      }
      if (each instanceof CertificateException e) {
        refusal = e;
      }
    }
    return refusal == null ? null : "its certificate is refused (" + refusal.getMessage() + ")";
  }

  private static @Nullable String reason(Throwable failure) {
    return switch (failure) {
      case CertificateExpiredException e ->
          "its certificate has expired (" + e.getMessage() + ") and needs to be renewed";
      case CertificateNotYetValidException e ->
          "its certificate is not valid yet ("
              + e.getMessage()
              + "); look at the clocks of both machines";
      case CertPathBuilderException _ ->
          "the authority of its certificate is not one that the worker's JVM trusts; to trust it,"
              + " start the worker with -Djavax.net.ssl.trustStore";
      // Subclasses wrap what is more exact.
      case CertificateException e when e.getClass() == CertificateException.class ->
          "its certificate is for other names ("
              + e.getMessage()
              + "); call it by one of those, or give it a certificate for this one";
      default -> null;
    };
  }
}
