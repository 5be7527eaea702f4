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
    if (refusal == null) {
      return null;
    }
    String message = refusal.getMessage();
    return "its certificate is refused" + (message == null ? "" : " (" + message + ")");
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
      case CertificateException e when isOfNames(e.getMessage()) ->
          "its certificate is for other names ("
              + e.getMessage()
              + "); call it by one of those, or give it a certificate for this one";
      default -> null;
    };
  }

  /** The JDK has no class for this, but words of its own that libraries at most add to. */
  private static boolean isOfNames(@Nullable String message) {
    return message != null
        && (message.startsWith("No name matching") || message.startsWith("No subject alternative"));
  }
}
