package dev.capstan.security.pki;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;

/** Host names and addresses as a certificate writes them. Nothing is looked up. */
final class HostNames {
  private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
  private static final Pattern NAME = Pattern.compile(LABEL + "(\\." + LABEL + ")*");
  private static final int LONGEST = 253;

  /** Java takes more for an address: brackets, zones, and numbers with fewer dots. */
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*");

  private HostNames() {}

  static void require(String host) {
    if (!isHost(host)) {
      throw new IllegalArgumentException(
          "A certificate can't name this host: only host names and IP addresses, without port,"
              + " brackets or wildcard");
    }
  }

  static boolean isHost(String host) {
    return address(host) != null || isName(host);
  }

  static GeneralName general(String host) {
    InetAddress address = address(host);
    return address == null
        ? new GeneralName(GeneralName.dNSName, host)
        : new GeneralName(GeneralName.iPAddress, new DEROctetString(address.getAddress()));
  }

  /** Whether a certificate names all these hosts, however they are written. */
  static boolean areIn(X509Certificate certificate, List<String> hosts)
      throws CertificateParsingException {
    Set<String> named = new HashSet<>();
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    for (List<?> name : names == null ? List.<List<?>>of() : names) {
      if (name.getFirst().equals(GeneralName.dNSName)
          || name.getFirst().equals(GeneralName.iPAddress)) {
        named.add(inOneForm(name.get(1).toString()));
      }
    }
    return hosts.stream().map(HostNames::inOneForm).allMatch(named::contains);
  }

  private static String inOneForm(String host) {
    InetAddress address = address(host);
    return address == null ? host.toLowerCase(Locale.ROOT) : address.getHostAddress();
  }

  private static boolean isName(String host) {
    return host.length() <= LONGEST && NAME.matcher(host).matches();
  }

  private static @Nullable InetAddress address(String host) {
    if (!ADDRESS.matcher(host).matches()) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(host);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
