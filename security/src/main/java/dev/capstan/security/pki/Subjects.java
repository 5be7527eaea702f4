package dev.capstan.security.pki;

import dev.capstan.security.identity.NodeIdentity;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.jspecify.annotations.Nullable;

/** The subjects of our certificates: for people, and to tell authorities apart. */
final class Subjects {
  /** X.520 allows a common name no more characters. */
  private static final int LONGEST_NAME = 64;

  private Subjects() {}

  static X500Name node(NodeIdentity identity) {
    return new X500NameBuilder()
        .addRDN(BCStyle.O, identity.cluster())
        .addRDN(BCStyle.OU, identity.role().word())
        .addRDN(BCStyle.CN, short64(identity))
        .build();
  }

  /** The key's mark makes two authorities of one cluster differ while one takes over. */
  static X500Name authority(Purpose purpose, String cluster, String mark) {
    return new X500NameBuilder()
        .addRDN(BCStyle.O, cluster)
        .addRDN(BCStyle.OU, purpose.word())
        .addRDN(BCStyle.CN, "Capstan CA " + mark)
        .build();
  }

  static String short64(NodeIdentity identity) {
    String node = identity.node();
    return node.substring(0, Math.min(node.length(), LONGEST_NAME));
  }

  static @Nullable String cluster(X500Name name) {
    return first(name.getRDNs(BCStyle.O));
  }

  static @Nullable String purpose(X500Name name) {
    return first(name.getRDNs(BCStyle.OU));
  }

  private static @Nullable String first(RDN[] parts) {
    return parts.length == 1 ? IETFUtils.valueToString(parts[0].getFirst().getValue()) : null;
  }
}
