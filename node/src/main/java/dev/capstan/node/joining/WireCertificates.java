package dev.capstan.node.joining;

import com.google.protobuf.ByteString;
import dev.capstan.api.v1.Certificates;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Certificates as they are sent. */
public final class WireCertificates {
  private WireCertificates() {}

  /**
   * For the other side: the chain of a node, its own certificate first, and the roots that it
   * trusts.
   */
  public static Certificates write(List<X509Certificate> chain, List<X509Certificate> roots) {
    Certificates.Builder message = Certificates.newBuilder();
    chain.forEach(each -> message.addChain(bytes(each)));
    roots.forEach(each -> message.addRoots(bytes(each)));
    return message.build();
  }

  private static ByteString bytes(X509Certificate certificate) {
    try {
      return ByteString.copyFrom(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("A certificate without an encoding", e);
    }
  }

  /**
   * Reads what was sent.
   *
   * @throws IllegalArgumentException if one is none
   */
  public static List<X509Certificate> read(List<ByteString> sent) {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> certificates = new ArrayList<>();
      for (ByteString each : sent) {
        certificates.add((X509Certificate) factory.generateCertificate(each.newInput()));
      }
      return certificates;
    } catch (CertificateException e) {
      throw new IllegalArgumentException("What was sent is no certificate", e);
    }
  }
}
